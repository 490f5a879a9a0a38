import { useState } from 'react';
import { Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components';

import { Button } from '../../shared/ui/Button';
import { cx } from '../../shared/ui/cx';
import styles from './ZoomSlider.module.css';

interface ZoomSliderProps {
  /** Per cent. */
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}

/** Takes effect when it is let go: the slider would otherwise move away under the pointer that drags it. */
export function ZoomSlider({ value, least, most, step, onChange }: ZoomSliderProps) {
  const [held, setHeld] = useState<number | null>(null);
  return (
    <div className={cx(styles.zoom)}>
      <Slider
        aria-label="Size of text"
        minValue={least}
        maxValue={most}
        step={step}
        value={held ?? value}
        onChange={setHeld}
        onChangeEnd={(next) => {
          setHeld(null);
          if (next !== value) onChange(next);
        }}
        formatOptions={{ style: 'unit', unit: 'percent' }}
        className={cx(styles.slider)}
      >
        <SliderTrack className={cx(styles.track)}>
          <SliderThumb className={cx(styles.thumb)} />
        </SliderTrack>
        <SliderOutput className={cx(styles.output)} />
      </Slider>
      <Button small isDisabled={value === 100} aria-label="Back to 100 per cent" onPress={() => onChange(100)}>
        Back to 100%
      </Button>
    </div>
  );
}
