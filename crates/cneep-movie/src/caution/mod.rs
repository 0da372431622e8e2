//! Carries a warning together with its remedy.

mod grade;
mod kind;
mod message;
mod remedy;
mod terms;

pub use grade::Grade;
pub use kind::CautionKind;
pub use terms::{CommonChange, DetectableRate, GapRates, Lines, PageName, Scale};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Something a reader of the numbers must know, and what to do about it.
///
/// As JSON it has `subject`, `kind`, the data of the kind, and `message` and `remedy` in words; it is read
/// from the first three, and the words are made anew.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Caution {
    /// What it concerns: a file, a setting or a quantity.
    pub subject: String,
    /// What was noticed, or assumed.
    pub kind: CautionKind,
}

impl Caution {
    /// A caution about `subject`.
    pub fn new(subject: impl Into<String>, kind: CautionKind) -> Self {
        Self { subject: subject.into(), kind }
    }

    /// What was noticed, or assumed, in words.
    pub fn message(&self) -> String {
        self.kind.message()
    }

    /// How much it matters.
    pub fn grade(&self) -> Grade {
        self.kind.grade()
    }

    /// What to do about it, in words.
    pub fn remedy(&self) -> String {
        self.kind.remedy()
    }

    /// The setting that answers it, by its name in this library such as `frame_interval`; none for most.
    pub fn setting(&self) -> Option<&'static str> {
        self.kind.setting()
    }
}

impl std::fmt::Display for Caution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} {}", self.subject, self.message(), self.remedy())
    }
}

impl Serialize for Caution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct InWords<'a> {
            subject: &'a str,
            #[serde(flatten)]
            kind: &'a CautionKind,
            message: String,
            remedy: String,
        }
        let (message, remedy) = (self.message(), self.remedy());
        InWords { subject: &self.subject, kind: &self.kind, message, remedy }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Caution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Stored {
            subject: String,
            #[serde(flatten)]
            kind: CautionKind,
        }
        Stored::deserialize(deserializer).map(|Stored { subject, kind }| Self { subject, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Measured;

    fn of_every_shape() -> [CautionKind; 5] {
        let rate = |value| Measured::new(value, Some(0.1), "k_B/s");
        [
            CautionKind::FrameIntervalUnknown,
            CautionKind::Drift { change: -0.3, p_value: 1e-7 },
            CautionKind::NothingHappens { level: 0.1 },
            CautionKind::PagesReadAsTime { pages: 5, called: PageName::Slices },
            CautionKind::RateFallsAtShortGaps(GapRates {
                short_gap: 1,
                short_rate: rate(1.0),
                long_gap: 2,
                long_rate: rate(0.5),
            }),
        ]
    }

    /// Catches a file without words for its reader, and data that are lost on the way back.
    #[test]
    fn a_caution_is_stored_with_its_words_and_read_from_its_data() {
        for kind in of_every_shape() {
            let caution = Caution::new("a.tif", kind);
            let json = serde_json::to_value(&caution).unwrap();
            assert_eq!(json["subject"], "a.tif");
            assert_eq!(json["message"], caution.message());
            assert_eq!(json["remedy"], caution.remedy());
            let text = serde_json::to_string(&caution).unwrap();
            assert_eq!(serde_json::from_str::<Caution>(&text).unwrap(), caution, "{text}");
        }
        let drift = CautionKind::Drift { change: -0.3, p_value: 1e-7 };
        let json = serde_json::to_value(Caution::new("a.tif", drift)).unwrap();
        assert_eq!((&json["kind"], &json["change"]), (&"drift".into(), &(-0.3).into()));
    }

    #[test]
    fn words_are_sentences_without_flags_of_a_command_line() {
        for kind in of_every_shape() {
            for words in [kind.message(), kind.remedy()] {
                assert!(words.ends_with('.') && !words.contains("--"), "{words}");
            }
        }
        assert_eq!(CautionKind::FrameIntervalUnknown.setting(), Some("frame_interval"));
    }
}
