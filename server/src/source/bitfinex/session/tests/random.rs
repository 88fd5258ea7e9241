//! Whatever arrives.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_bytes_panic(noise in ".{0,200}", at in 0_usize..600, byte in 32_u8..127) {
        let mut out = Vec::new();
        let mut session = running();
        let _ = session.frame(&noise, 0, &mut out);
        let _ = session.restore(&noise);
        let mut session = running();
        let texts = [
            format!("[3,{BOOK},5,1618677545144]"),
            r#"[1,"te",[13,1618677442821,-0.5,60410],6,1618677545144]"#.to_owned(),
            "[4,[1618677480000,60390,60410,60411,60389,1.25],7,1618677545200]".to_owned(),
            subscribed(7, "book"),
            session.save(),
        ];
        for text in texts {
            let mut bytes = text.into_bytes();
            let place = at % bytes.len();
            bytes[place] = byte;
            let text = String::from_utf8(bytes).unwrap();
            let _ = session.frame(&text, 0, &mut out);
            let _ = session.restore(&text);
        }
    }

    /// A book that is trusted after a checksum is the venue's, whatever was lost or came twice before.
    #[test]
    fn a_proven_book_is_the_right_one(
        changes in proptest::collection::vec((0_u32..8, 0_u32..4, 0_u8..8), 1..60),
    ) {
        let mut session = running();
        let mut truth = session.book().unwrap().clone();
        let mut out = Vec::new();
        for (seq, (level, size, fault)) in (5..).zip(changes) {
            let price = 5_990 + level;
            truth.set(Side::Buy, price.into(), size.into());
            let count = u32::from(size > 0);
            let text = format!("[3,[{price},{count},{}],{seq},1618677545200]", size.max(1));
            let times = match fault { 0 => 0, 1 => 2, _ => 1 };
            for _ in 0..times {
                let _ = session.frame(&text, 0, &mut out);
            }
            let proof = format!(r#"[3,"cs",{}]"#, checksum(&truth));
            let _ = session.frame(&proof, 0, &mut out);
            if let Some(book) = session.book() {
                prop_assert_eq!(book, &truth);
            }
        }
    }
}
