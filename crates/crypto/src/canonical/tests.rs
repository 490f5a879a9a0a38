use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn canonical(input: &str) -> String {
    value_to_string(&serde_json::from_str(input).unwrap()).unwrap()
}

fn double(bits: u64) -> String {
    let mut out = String::new();
    number::write_double(&mut out, f64::from_bits(bits));
    out
}

/// RFC 8785, 3.2.2 (the sample object) and 3.2.4 (its bytes).
#[test]
fn the_sample_of_the_rfc_gives_the_bytes_of_the_rfc() {
    let input = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let expected = crate::hex::vector(
        "7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72
         75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 22 3a
         5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31
         65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37
         5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30
         30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d",
    );
    assert_eq!(canonical(input).into_bytes(), expected);
}

/// RFC 8785, 3.2.3: names in the order of their UTF-16 code units.
#[test]
fn properties_sort_by_utf16_units() {
    let input = r#"{
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
    }"#;
    let text = canonical(input);
    let order: Vec<usize> = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"]
        .map(|word| text.find(word).unwrap())
        .into();
    assert!(order.is_sorted(), "{text}");
    // The control: by bytes of UTF-8 the emoji would come last, behind the Hebrew letter.
    assert!("\u{fb33}".as_bytes() < "\u{1f600}".as_bytes());
}

/// RFC 8785, appendix B, every row of the table.
#[test]
fn numbers_match_appendix_b() {
    for (bits, expected) in [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        assert_eq!(double(bits), expected, "{bits:016x}");
    }
}

/// Of two decimals equally close the even one counts. Rust's own shortest form takes the other, and two
/// programs would hash one number to two values.
#[test]
fn ties_go_to_the_even_digit() {
    for (quarters, expected) in [
        (5_699_815_695_124_825_i64, "1424953923781206.2"),
        (5_699_815_695_124_827, "1424953923781206.8"),
        (4_503_599_627_370_497, "1125899906842624.2"),
        (-5_699_815_695_124_825, "-1424953923781206.2"),
    ] {
        assert_eq!(to_string(&from_quarters(quarters)).unwrap(), expected);
    }
    // The control: what the plain form would have written.
    assert_eq!(format!("{:e}", from_quarters(5_699_815_695_124_825)), "1.4249539237812063e15");
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53 every integer is a double")]
fn from_quarters(quarters: i64) -> f64 {
    quarters as f64 / 4.0
}

/// Around powers of two the neighbours are unevenly far away; the digits still have to read back.
#[test]
fn powers_of_two_and_their_neighbours_read_back() {
    for exponent in 1..2047_u64 {
        for offset in [0, 1, (1 << 52) - 1] {
            let bits = (exponent << 52) | offset;
            assert_eq!(double(bits).parse::<f64>().map(f64::to_bits), Ok(bits));
        }
    }
}

/// The published test data that accompanies the RFC.
#[test]
fn the_published_files_come_out_as_published() {
    for (input, expected) in [
        (r#"[56, {"d": true, "10": null, "1": [ ]}]"#, r#"[56,{"1":[],"10":null,"d":true}]"#),
        (
            r#"{"1": {"f": {"f": "hi","F": 5} ,"\n": 56.0}, "10": { }, "": "empty", "a": { }, "111": [ { } ], "A": { }}"#,
            r#"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}"#,
        ),
        (r#"{"peach": 1, "péché": 2, "pêche": 3, "sin": 4}"#, r#"{"peach":1,"péché":2,"pêche":3,"sin":4}"#),
        (r#"{"Unnormalized Unicode":"A\u030a"}"#, "{\"Unnormalized Unicode\":\"A\u{30a}\"}"),
        (
            r#"{"\u20ac":1,"1":2,"\u0080":"Control\u007f","\ud83d\ude02":4,"\ufb33":6,"</script>":7}"#,
            "{\"1\":2,\"</script>\":7,\"\u{80}\":\"Control\u{7f}\",\"\u{20ac}\":1,\"\u{1f602}\":4,\"\u{fb33}\":6}",
        ),
    ] {
        assert_eq!(canonical(input), expected);
        assert!(is_canonical(expected.as_bytes()), "{expected}");
    }
}

#[test]
fn control_characters_get_the_short_escape_where_there_is_one() {
    assert_eq!(
        canonical(r#""\u0000\u0008\u0009\u000a\u000b\u000c\u000d\u001f\u007f\u2028\/""#),
        "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\u{7f}\u{2028}/\""
    );
}

#[derive(Serialize)]
struct Measure {
    score: f64,
    label: Option<&'static str>,
    items: Vec<(u8, f32)>,
    kind: Kind,
    extra: BTreeMap<&'static str, f64>,
}

#[derive(Serialize)]
enum Kind {
    Plain,
    Wrapped(f64),
    Pair(u8, f64),
    Named { value: f64 },
}

fn measure() -> Measure {
    Measure { score: 12.0, label: None, items: vec![(1, 0.5)], kind: Kind::Plain, extra: BTreeMap::new() }
}

#[test]
fn a_struct_is_written_as_its_json() {
    assert_eq!(
        to_string(&measure()).unwrap(),
        r#"{"extra":{},"items":[[1,0.5]],"kind":"Plain","label":null,"score":12}"#
    );
    assert_eq!(to_vec("é").unwrap(), "\"é\"".as_bytes());
}

#[test]
fn a_number_that_is_none_is_refused_wherever_it_hides() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        #[expect(clippy::cast_possible_truncation, reason = "infinities and NaN stay what they are")]
        let single = bad as f32;
        let hidden = [
            Measure { score: bad, ..measure() },
            Measure { items: vec![(0, 1.0), (1, single)], ..measure() },
            Measure { kind: Kind::Wrapped(bad), ..measure() },
            Measure { kind: Kind::Pair(1, bad), ..measure() },
            Measure { kind: Kind::Named { value: bad }, ..measure() },
            Measure { extra: BTreeMap::from([("x", bad)]), ..measure() },
        ];
        for value in &hidden {
            assert_eq!(to_vec(value), Err(CanonicalError::NotFinite));
        }
    }
    // The control: left to itself, the JSON library writes a null that nobody entered.
    assert_eq!(serde_json::to_string(&f64::NAN).unwrap(), "null");
}

#[test]
fn integers_that_a_double_would_change_are_refused() {
    let max = (1_u64 << 53) - 1;
    for good in [0, 1, max, max + 1, 100_000_000_000_000_000] {
        assert_eq!(to_string(&good).unwrap(), good.to_string());
    }
    assert_eq!(to_string(&-9_007_199_254_740_991_i64).unwrap(), "-9007199254740991");
    for bad in [max + 2, u64::MAX, 1 << 63] {
        assert_eq!(to_string(&bad), Err(CanonicalError::IntegerTooLarge), "{bad}");
    }
    assert_eq!(to_string(&i64::MIN), Err(CanonicalError::IntegerTooLarge));
    assert!(to_string(&u128::MAX).is_err());
}

#[test]
fn a_map_whose_keys_are_no_text_is_refused() {
    assert_eq!(to_string(&BTreeMap::from([((1, 2), 3)])), Err(CanonicalError::NotJson));
    assert_eq!(to_string(&BTreeMap::from([(10, "b"), (9, "a")])).unwrap(), r#"{"10":"b","9":"a"}"#);
}

#[test]
fn other_spellings_of_the_same_json_are_not_canonical() {
    for other in [
        r#"{"b":1,"a":2}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"a": 1}"#,
        r#"{"a":1.0}"#,
        r#"{"a":1e2}"#,
        r#"{"a":"\u0041"}"#,
        r#"{"a":"\/"}"#,
        r#"{"a":1} "#,
        r#"{"a":-0}"#,
        r#"{"a":9007199254740993}"#,
        r#"{"a":1}{}"#,
        "",
        "{",
    ] {
        assert!(!is_canonical(other.as_bytes()), "{other}");
    }
    assert!(is_canonical(br#"{"a":1}"#));
    assert!(!is_canonical(b"\"\xff\""));
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53) + 1..(1 << 53)).prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|properties| Value::Object(properties.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_text_reads_back_and_is_a_fixed_point(value in tree()) {
        let text = value_to_string(&value).unwrap();
        prop_assert!(is_canonical(text.as_bytes()), "{}", text);
        prop_assert_eq!(&to_string(&value).unwrap(), &text);
        prop_assert_eq!(canonical(&text), text);
    }

    #[test]
    fn no_finite_double_changes_on_the_way(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let text = double(bits);
        prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), (value + 0.0).to_bits());
        prop_assert!(is_canonical(text.as_bytes()), "{}", text);
    }

    #[test]
    fn the_order_of_properties_leaves_no_trace(names in prop::collection::vec(any::<String>(), 0..8)) {
        let forward: Value = json!(names.iter().map(|name| (name.clone(), 1)).collect::<BTreeMap<_, _>>());
        let backward: serde_json::Map<String, Value> =
            names.iter().rev().map(|name| (name.clone(), json!(1))).collect();
        prop_assert_eq!(
            value_to_string(&forward).unwrap(),
            value_to_string(&Value::Object(backward)).unwrap()
        );
    }
}
