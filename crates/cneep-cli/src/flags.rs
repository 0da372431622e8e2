//! Names the option of the command line that states a setting of the library.

/// Settings that errors and cautions of the library may name, with their options.
const FLAGS: [(&str, &str); 8] = [
    ("axes", "--axes"),
    ("channel", "--channel"),
    ("exposure", "--exposure"),
    ("frame_interval", "--frame-interval"),
    ("pixel_size", "--pixel-size"),
    ("resume", "--resume"),
    ("slice", "--slice"),
    ("window", "--window"),
];

/// `words` of the library, and the option that states the `setting` which answers them.
pub(crate) fn with_flag(words: &impl std::fmt::Display, setting: Option<&str>) -> String {
    let flag = FLAGS.iter().find(|(name, _)| Some(*name) == setting);
    flag.map_or_else(|| words.to_string(), |(_, flag)| format!("{words} (option {flag})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use clap::CommandFactory;
    use cneep_movie::caution::{Caution, CautionKind};

    /// Catches an option that no verb has.
    #[test]
    fn every_flag_is_an_option_of_some_verb() {
        let command = Arguments::command();
        let verbs = || command.get_subcommands();
        for (_, flag) in FLAGS {
            let has = |verb: &clap::Command| {
                verb.get_arguments().any(|option| option.get_long() == flag.strip_prefix("--"))
            };
            assert!(verbs().any(has), "{flag}");
        }
    }

    #[test]
    fn a_caution_of_the_library_is_told_with_its_option() {
        let caution = Caution::new("a.tif", CautionKind::FrameIntervalUnknown);
        let told = with_flag(&caution, caution.setting());
        assert!(told.ends_with("State the frame interval in seconds. (option --frame-interval)"), "{told}");
        assert_eq!(with_flag(&"as it is", Some("no option of ours")), "as it is");
        assert_eq!(with_flag(&"as it is", None), "as it is");
    }
}
