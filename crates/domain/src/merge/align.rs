//! Which sentences two versions certainly share.

/// Beyond this many pairs of sentences (some 2,000 against 2,000, a section of about 200 kB) no alignment is tried and
/// the section is put to the author whole. The two tables then take 32 MB for a moment.
const MOST_PAIRS: usize = 4_000_000;

/// For each sentence of `base` the sentence of `other` that it became, where that is beyond doubt.
///
/// An ordinary diff picks one of the longest common subsequences, and where a sentence is repeated ("Denies." twice,
/// once deleted) the pick is arbitrary. Here a pair counts only if it stands in *every* longest common subsequence, so
/// that no decision of the merge rests on a tie-break. The pair at rank *r* of any of them has *r* matches before it and
/// the rest after it; a rank that only one pair can fill is therefore filled by it in all of them.
pub(super) fn certain_matches(base: &[&str], other: &[&str]) -> Vec<Option<usize>> {
    let mut matched = vec![None; base.len()];
    let width = other.len() + 1;
    if base.len().saturating_mul(other.len()) > MOST_PAIRS {
        return matched;
    }
    let cell = |i: usize, j: usize| i * width + j;
    // Length of the longest common subsequence of what stands before, and from, each pair of positions.
    let mut before = vec![0_u32; (base.len() + 1) * width];
    let mut after = before.clone();
    for i in 0..base.len() {
        for j in 0..other.len() {
            before[cell(i + 1, j + 1)] = if base[i] == other[j] {
                before[cell(i, j)] + 1
            } else {
                before[cell(i, j + 1)].max(before[cell(i + 1, j)])
            };
        }
    }
    for i in (0..base.len()).rev() {
        for j in (0..other.len()).rev() {
            after[cell(i, j)] = if base[i] == other[j] {
                after[cell(i + 1, j + 1)] + 1
            } else {
                after[cell(i + 1, j)].max(after[cell(i, j + 1)])
            };
        }
    }
    let longest = after[0];
    let mut fillers = vec![Filler::None; longest as usize];
    for i in 0..base.len() {
        for j in 0..other.len() {
            let rank = before[cell(i, j)];
            if base[i] == other[j] && rank + 1 + after[cell(i + 1, j + 1)] == longest {
                let filler = &mut fillers[rank as usize];
                *filler = if matches!(filler, Filler::None) { Filler::Only(i, j) } else { Filler::Several };
            }
        }
    }
    for filler in fillers {
        if let Filler::Only(i, j) = filler {
            matched[i] = Some(j);
        }
    }
    matched
}

#[derive(Clone, Copy)]
enum Filler {
    None,
    Only(usize, usize),
    Several,
}

#[cfg(test)]
mod tests {
    use super::certain_matches;

    /// Every longest common subsequence, by trying everything.
    fn longest(base: &[&str], other: &[&str]) -> Vec<Vec<(usize, usize)>> {
        fn extend(
            base: &[&str],
            other: &[&str],
            from: (usize, usize),
            path: &mut Vec<(usize, usize)>,
            all: &mut Vec<Vec<(usize, usize)>>,
        ) {
            all.push(path.clone());
            for i in from.0..base.len() {
                for j in from.1..other.len() {
                    if base[i] == other[j] {
                        path.push((i, j));
                        extend(base, other, (i + 1, j + 1), path, all);
                        path.pop();
                    }
                }
            }
        }
        let mut all = Vec::new();
        extend(base, other, (0, 0), &mut Vec::new(), &mut all);
        let most = all.iter().map(Vec::len).max().unwrap_or(0);
        all.retain(|path| path.len() == most);
        all
    }

    #[test]
    fn a_match_is_certain_exactly_if_every_longest_alignment_has_it() {
        // All pairs of texts of up to five sentences out of two, and up to four out of three.
        for (letters, most) in [(2, 5), (3, 4)] {
            let texts: Vec<Vec<&str>> = (0..=most)
                .flat_map(|len: u32| (0..usize::pow(letters, len)).map(move |n| (len, n)))
                .map(|(len, n)| {
                    (0..len).map(|at| ["a", "b", "c"][n / usize::pow(letters, at) % letters]).collect()
                })
                .collect();
            for base in &texts {
                for other in &texts {
                    let all = longest(base, other);
                    let expected: Vec<Option<usize>> = (0..base.len())
                        .map(|i| (0..other.len()).find(|&j| all.iter().all(|path| path.contains(&(i, j)))))
                        .collect();
                    assert_eq!(certain_matches(base, other), expected, "{base:?} and {other:?}");
                }
            }
        }
    }
}
