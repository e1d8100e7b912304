//! The words of the page, in each language.

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Language {
    #[default]
    English,
    Thai,
}

impl Language {
    pub(super) const ALL: [Language; 2] = [Language::English, Language::Thai];

    /// The language of a tag such as `th-TH;q=0.8`, if the page has it.
    pub(super) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', ';']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Thai => "th",
        }
    }

    /// Its name in the language itself.
    pub(super) fn name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::Thai => "ไทย",
        }
    }

    /// The text for a key of [`TEXTS`].
    ///
    /// # Panics
    /// There is no such key.
    pub(super) fn text(self, key: &str) -> &'static str {
        let entry = TEXTS.iter().find(|(name, ..)| *name == key);
        let (_, english, thai) = entry.unwrap_or_else(|| panic!("the page has no text {key:?}"));
        match self {
            Language::English => english,
            Language::Thai => thai,
        }
    }
}

/// Each text with its key, in English and in Thai. The script gets all of them.
pub(super) const TEXTS: &[(&str, &str, &str)] = &[
    ("title", "What the camera sees", "ภาพจากกล้อง"),
    ("picture", "Image from the camera", "ภาพจากกล้อง"),
    ("waiting", "Waiting for an image…", "กำลังรอภาพ…"),
    ("focus", "Focus", "โฟกัส"),
    (
        "focus_help",
        "Turn the lens until the bar is longest. The mark is the best value so far.",
        "หมุนเลนส์จนแถบยาวที่สุด ขีดแสดงค่าที่ดีที่สุดที่ผ่านมา",
    ),
    ("reset", "Start again", "เริ่มใหม่"),
    ("exposure", "Exposure", "แสง"),
    (
        "exposure_dark",
        "too dark: more light, or a longer exposure",
        "มืดเกินไป: เพิ่มแสงหรือเวลาเปิดรับแสง",
    ),
    (
        "exposure_bright",
        "too bright: less light, or a shorter exposure",
        "สว่างเกินไป: ลดแสงหรือเวลาเปิดรับแสง",
    ),
    ("exposure_good", "good", "พอดี"),
    ("leds", "LEDs", "ไฟ LED"),
    ("cards", "Cards", "ไพ่"),
    ("no_cards", "no card", "ไม่มีไพ่"),
    ("device", "Device", "อุปกรณ์"),
    ("state", "State", "สถานะ"),
    ("searching", "searching", "กำลังหาไพ่"),
    ("unsure", "unsure", "ไม่แน่ใจ"),
    ("seen", "seen", "เห็นไพ่"),
    ("fault", "fault", "ขัดข้อง"),
    ("health", "Health", "การทำงาน"),
    ("healthy", "healthy", "ปกติ"),
    ("not_healthy", "not healthy", "ไม่ปกติ"),
    (
        "disconnected",
        "The recogniser can't be reached; trying again.",
        "ติดต่อโปรแกรมรู้จำไพ่ไม่ได้ กำลังลองใหม่",
    ),
    (
        "offline",
        "The connection to this page is lost; trying again.",
        "การเชื่อมต่อกับหน้านี้ขาดหาย กำลังลองใหม่",
    ),
    ("fps", "Frames per second", "เฟรมต่อวินาที"),
    ("stages", "Stage times (median)", "เวลาแต่ละขั้น (มัธยฐาน)"),
    ("decode", "decode", "ถอดรหัสภาพ"),
    ("locate", "locate", "หาตำแหน่ง"),
    ("prepare", "prepare", "เตรียมภาพ"),
    ("classify", "classify", "จำแนกไพ่"),
    ("temperature", "Temperature", "อุณหภูมิ"),
    ("memory", "Memory", "หน่วยความจำ"),
    ("model", "Model", "โมเดล"),
    ("version", "Version", "รุ่น"),
    ("uptime", "Running for", "ทำงานมาแล้ว"),
    ("events", "Events", "เหตุการณ์"),
    ("appeared", "appeared", "ปรากฏ"),
    ("gone", "gone", "หายไป"),
    ("login", "Log in", "เข้าสู่ระบบ"),
    ("token", "Token", "โทเค็น"),
    (
        "token_help",
        "It is in /etc/cardsight/gateway.token on the device.",
        "อยู่ในไฟล์ /etc/cardsight/gateway.token บนอุปกรณ์",
    ),
    ("wrong_token", "This token is wrong.", "โทเค็นไม่ถูกต้อง"),
    (
        "no_script",
        "The page needs JavaScript, from this device only.",
        "หน้านี้ต้องใช้ JavaScript ซึ่งมาจากอุปกรณ์นี้เท่านั้น",
    ),
    // Cards are named by the words of English names: "ace of spades".
    ("ace", "ace", "เอซ"),
    ("two", "two", "สอง"),
    ("three", "three", "สาม"),
    ("four", "four", "สี่"),
    ("five", "five", "ห้า"),
    ("six", "six", "หก"),
    ("seven", "seven", "เจ็ด"),
    ("eight", "eight", "แปด"),
    ("nine", "nine", "เก้า"),
    ("ten", "ten", "สิบ"),
    ("jack", "jack", "แจ็ค"),
    ("queen", "queen", "แหม่ม"),
    ("king", "king", "คิง"),
    ("joker", "joker", "โจ๊กเกอร์"),
    ("of", " of ", ""),
    ("clubs", "clubs", "ดอกจิก"),
    ("diamonds", "diamonds", "ข้าวหลามตัด"),
    ("hearts", "hearts", "โพแดง"),
    ("spades", "spades", "โพดำ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_every_text_is_there() {
        for (index, (key, english, thai)) in TEXTS.iter().enumerate() {
            assert!(TEXTS[..index].iter().all(|(other, ..)| other != key), "{key} is there twice");
            assert!(!english.is_empty() && (!thai.is_empty() || *key == "of"), "{key}");
        }
    }

    #[test]
    fn languages_are_found_by_their_tags() {
        assert_eq!(Language::from_tag("th-TH;q=0.8"), Some(Language::Thai));
        assert_eq!(Language::from_tag("EN"), Some(Language::English));
        assert_eq!(Language::from_tag("de"), None);
        assert_eq!(Language::Thai.text("leds"), "ไฟ LED");
    }

    #[test]
    fn the_script_uses_no_text_that_is_missing() {
        let script = include_str!("assets/page.js");
        let used = script.split("text(\"").skip(1).filter_map(|rest| rest.split_once("\")"));
        let mut count = 0;
        for (key, _) in used {
            Language::English.text(key);
            count += 1;
        }
        assert!(count > 3, "{count} texts");
    }
}
