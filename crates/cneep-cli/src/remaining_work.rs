//! Tells how long a computation will go on, from the work that it has announced and what it has done.

use std::time::Instant;

/// Work of a second, in multiply-adds of a convolution, until more is known.
const WORK_OF_A_SECOND: f64 = 1e11;
/// Seconds after which this guess counts for nothing.
const TRUST: f64 = 5.0;

/// Work that was done and lies ahead, in multiply-adds.
#[derive(Debug)]
pub(crate) struct RemainingWork {
    start: Instant,
    /// Of all parts that have ended.
    done: f64,
    seconds: f64,
    part: Option<Part>,
    /// The largest share that was told: a bar does not go back.
    told: f64,
}

#[derive(Debug)]
struct Part {
    name: String,
    work: f64,
    ahead: f64,
    start: Instant,
    /// The largest share of it that was seen.
    share: f64,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Told {
    /// Share of the whole.
    pub(crate) share: f64,
    elapsed: f64,
    total: f64,
}

impl RemainingWork {
    pub(crate) fn new(start: Instant) -> Self {
        Self { start, done: 0.0, seconds: 0.0, part: None, told: 0.0 }
    }

    /// Name of the part under way.
    pub(crate) fn part(&self) -> Option<&str> {
        self.part.as_ref().map(|part| part.name.as_str())
    }

    /// A part of this `work` begins, and so much is `ahead`.
    pub(crate) fn begin(&mut self, name: &str, work: f64, ahead: f64, now: Instant) {
        self.end_part(now);
        self.part = Some(Part { name: name.to_owned(), work, ahead, start: now, share: 0.0 });
    }

    /// A stage begins, of which nothing is known.
    pub(crate) fn stage_begins(&mut self, now: Instant) {
        self.end_part(now);
    }

    fn end_part(&mut self, now: Instant) {
        if let Some(part) = self.part.take() {
            self.done += part.work;
            self.seconds += (now - part.start).as_secs_f64();
        }
    }

    /// How far it is when this share of the part under way is done.
    pub(crate) fn after(&mut self, share: f64, now: Instant) -> Told {
        let elapsed = (now - self.start).as_secs_f64();
        let mut ahead = 0.0;
        let (mut done, mut seconds) = (self.done, self.seconds);
        if let Some(part) = &mut self.part {
            part.share = part.share.max(share);
            ahead = part.ahead + (1.0 - part.share) * part.work;
            done += part.share * part.work;
            seconds += (now - part.start).as_secs_f64();
        }
        let guessed = (TRUST - seconds).max(0.0);
        let speed = (done + guessed * WORK_OF_A_SECOND) / (seconds + guessed);
        let total = if speed > 0.0 { elapsed + ahead / speed } else { elapsed };
        self.told = self.told.max(if total > 0.0 { elapsed / total } else { 0.0 });
        Told { share: self.told, elapsed, total }
    }
}

impl Told {
    /// As `1:10 of about 2:30`.
    pub(crate) fn in_words(self) -> String {
        let clock = |seconds: f64| format!("{}:{:02}", seconds as u64 / 60, seconds as u64 % 60);
        // Minutes are told to 10 seconds: it is a guess.
        let total = if self.total > 60.0 { (self.total / 10.0).ceil() * 10.0 } else { self.total.ceil() };
        format!("{} of about {}", clock(self.elapsed), clock(total.max(self.elapsed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Parts that take as long as their work says: the total that is told after a third must be right to a
    /// tenth, whatever the speed was thought to be. Catches work that is counted twice, and a bar that jumps
    /// back as a part ends.
    #[test]
    fn the_total_is_told_early_and_the_bar_goes_forward() {
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let mut work = RemainingWork::new(start);
        let mut last = 0.0;
        for part in 0..10 {
            let began = 12.0 * f64::from(part);
            work.begin("a part", 2e11, 2e11 * f64::from(9 - part), at(began));
            for step in 1..=12 {
                let told = work.after(f64::from(step) / 12.0, at(began + f64::from(step)));
                assert!(told.share >= last, "{told:?}");
                last = told.share;
                if part >= 3 {
                    assert!((told.total / 120.0 - 1.0).abs() < 0.1, "{told:?}");
                }
            }
        }
        assert!(last > 0.99);
        assert_eq!(Told { share: 0.5, elapsed: 70.2, total: 143.0 }.in_words(), "1:10 of about 2:30");
    }
}
