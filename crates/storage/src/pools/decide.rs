//! The rule by which a claim is granted or must wait.
//!
//! 1. What the step holds already, or less, is always granted.
//! 2. More is granted if it fits: in each pool, what live leases of others hold plus the new weight
//!    is at most the limit. A negative limit is none.
//! 3. Queues are ordered by priority, then by who asked first. The head of a pool's queue is its
//!    first waiter who holds nothing and could ever be served. A claim behind it that leaves less of
//!    the pool than the head needs would overtake it. That is
//!    - refused if the head fits now;
//!    - granted if the head is blocked. After [`OVERTAKES`] times in a pool, what the head needs there is
//!      kept for it while that pool blocks it; and while it does not, once all that do are kept for it.
//!
//! So a blocked head lets others work, but not for ever; and others may work for ever in what is not
//! the cause of its waiting.

/// How often a blocked head is overtaken in a pool before what it needs there is kept for it.
pub const OVERTAKES: i64 = 32;

/// A pool that a claim names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    pub limit: i64,
    /// What live leases hold, this step's own included.
    pub used: i64,
    /// What this step holds of it.
    pub held: i64,
    pub slots: i64,
    /// The head of the queue, if it is ahead of this claim.
    pub head: Option<Head>,
}

/// The head of a pool's queue, seen from that pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it wants of this pool.
    pub slots: i64,
    /// Whether it fits now, in all its pools.
    pub fits: bool,
    /// How often it was overtaken in this pool.
    pub overtaken: i64,
    /// Whether it was overtaken as often as it may be in every pool that blocks it.
    pub is_reserved_for: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Free,
    /// Granting it means overtaking the head of this pool.
    Overtakes,
    Full,
    /// It would fit, but the room is kept for the head.
    Reserved,
}

impl Verdict {
    pub const fn blocks(self) -> bool {
        matches!(self, Self::Full | Self::Reserved)
    }
}

pub const fn fits(limit: i64, used: i64, slots: i64) -> bool {
    limit < 0 || used + slots <= limit
}

/// Whether it could ever fit.
pub const fn satisfiable(limit: i64, slots: i64) -> bool {
    fits(limit, 0, slots)
}

/// The claim is granted if no pool blocks.
pub const fn decide(want: &Want) -> Verdict {
    let more = want.slots - want.held;
    if more <= 0 {
        return Verdict::Free;
    }
    if !fits(want.limit, want.used, more) {
        return Verdict::Full;
    }
    let Some(head) = &want.head else { return Verdict::Free };
    if fits(want.limit, want.used + more, head.slots) {
        return Verdict::Free;
    }
    if head.fits {
        return Verdict::Reserved;
    }
    if head.overtaken < OVERTAKES {
        return Verdict::Overtakes;
    }
    let blocks_head = !fits(want.limit, want.used, head.slots);
    if blocks_head || head.is_reserved_for { Verdict::Reserved } else { Verdict::Free }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn want(limit: i64, used: i64, slots: i64) -> Want {
        Want { limit, used, held: 0, slots, head: None }
    }

    #[test]
    fn fits_up_to_the_limit() {
        assert_eq!(decide(&want(2, 1, 1)), Verdict::Free);
        assert_eq!(decide(&want(2, 2, 1)), Verdict::Full);
        assert_eq!(decide(&want(0, 0, 1)), Verdict::Full);
        assert_eq!(decide(&want(-1, 1 << 40, 5)), Verdict::Free);
    }

    #[test]
    fn what_is_held_is_granted_whatever_the_limit_is_now() {
        assert_eq!(decide(&Want { held: 3, ..want(1, 5, 3) }), Verdict::Free);
        assert_eq!(decide(&Want { held: 3, ..want(1, 5, 2) }), Verdict::Free);
        assert_eq!(decide(&Want { held: 1, ..want(3, 2, 2) }), Verdict::Free);
        assert_eq!(decide(&Want { held: 1, ..want(3, 3, 2) }), Verdict::Full);
    }

    #[test]
    fn a_head_that_fits_is_not_robbed() {
        let head = |slots| Some(Head { slots, fits: true, overtaken: 0, is_reserved_for: false });
        assert_eq!(decide(&Want { head: head(1), ..want(2, 1, 1) }), Verdict::Reserved);
        assert_eq!(decide(&Want { head: head(1), ..want(3, 1, 1) }), Verdict::Free);
    }

    #[test]
    fn a_blocked_head_is_overtaken_a_bounded_number_of_times() {
        let head = |overtaken| Some(Head { slots: 3, fits: false, overtaken, is_reserved_for: false });
        assert_eq!(decide(&Want { head: head(0), ..want(3, 1, 1) }), Verdict::Overtakes);
        assert_eq!(decide(&Want { head: head(OVERTAKES - 1), ..want(3, 1, 1) }), Verdict::Overtakes);
        assert_eq!(decide(&Want { head: head(OVERTAKES), ..want(3, 1, 1) }), Verdict::Reserved);
    }

    #[test]
    fn a_pool_that_does_not_block_the_head_is_free_until_all_that_do_are_kept_for_it() {
        let head = |overtaken, is_reserved_for| Some(Head { slots: 1, fits: false, overtaken, is_reserved_for });
        assert_eq!(decide(&Want { head: head(0, false), ..want(4, 1, 2) }), Verdict::Free, "there is room for both");
        assert_eq!(decide(&Want { head: head(OVERTAKES - 1, true), ..want(3, 1, 2) }), Verdict::Overtakes);
        assert_eq!(decide(&Want { head: head(OVERTAKES, false), ..want(3, 1, 2) }), Verdict::Free);
        assert_eq!(decide(&Want { head: head(OVERTAKES, true), ..want(3, 1, 2) }), Verdict::Reserved);
    }
}
