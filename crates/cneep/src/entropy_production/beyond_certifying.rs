//! Tells whether dS of the whole frame is beyond what can be certified, and whether a part of it is not.

use super::cautions::FEW_TRANSITIONS;
use super::part_of_frame::PartOfFrame;
use super::result::EntropyProduction;
use super::verdict::{SIGNIFICANCE_LEVEL, Significance};
use cneep_movie::caution::CautionKind;

impl EntropyProduction {
    /// Whether equilibrium is rejected by values of dS whose size is beyond what so many transitions can
    /// tell, no shorter windows bear it out, and there are enough transitions to choose a part of the frame
    /// by half of them.
    pub(crate) fn is_beyond_certifying(&self) -> bool {
        let bounding = self.bounding();
        let size = bounding.certifiable();
        let few = CautionKind::FewEffectiveTransitions { effective: size.effective };
        let is_beyond = size.is_saturated() || size.rests_on_few() && few.withdraws_verdict();
        let is_enough = bounding.unseen_count() >= FEW_TRANSITIONS;
        is_beyond && is_enough && self.equilibrium_p_value().is_some_and(|p| p < SIGNIFICANCE_LEVEL)
    }

    /// Whether these values reject equilibrium and bound the rate above zero.
    pub(crate) fn bears_out_dissipation(&self) -> bool {
        Significance::of(self.equilibrium_p_value(), self.bound().as_ref(), false) == Significance::Dissipates
    }

    /// The part of the frame whose dS gives lower bound, test against equilibrium, detection limit and
    /// `<exp(-dS)>`; none where the whole frame does.
    pub fn bounding_part(&self) -> Option<PartOfFrame> {
        self.bounding().fit.part
    }
}
