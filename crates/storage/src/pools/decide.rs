//! The rule by which a claim is granted or must wait.
//!
//! 1. A step is always granted what it holds already, or less.
//! 2. More is granted if it fits: in each pool, the slots that other steps hold by live leases and the slots of the
//!    claim are together at most the limit. A negative limit means unlimited.
//! 3. A queue is ordered by priority; first come, first served among equals. Its head is the first waiter that holds no
//!    slots and exceeds no limit. A claim overtakes the head if it is after the head in the queue and leaves fewer
//!    slots of the pool than the head needs. The state of the head decides:
//!
//! | the head | a claim that would overtake it |
//! | --- | --- |
//! | fits now | waits |
//! | is blocked, and was overtaken here fewer than [`OVERTAKES`] times | is granted |
//! | was overtaken here so often, and this pool blocks it | waits: the slots are reserved |
//! | was overtaken here so often, and only other pools block it | waits once all of these are reserved, not before |
//!
//! So others go first while a head is blocked, but not for ever; and they are not held back where it would not help the
//! head.

/// How often a blocked head is overtaken in a pool before slots that come free are reserved for it.
pub const OVERTAKES: i64 = 32;

/// What a claim asks for in one pool, and the state of that pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// The pool's limit. A negative limit means unlimited.
    pub limit: i64,
    /// Slots of live leases, those of this step included.
    pub used: i64,
    /// Slots that this step holds.
    pub held: i64,
    /// Slots that the claim asks for.
    pub slots: i64,
    /// The head of the queue, if it is ahead of this claim.
    pub head: Option<Head>,
}

/// The head of a pool's queue, as that pool sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Slots that it asks for in this pool.
    pub slots: i64,
    /// Whether it fits now, in all its pools.
    pub fits: bool,
    /// How often it was overtaken in this pool.
    pub overtaken: i64,
    /// Whether it was overtaken [`OVERTAKES`] times in every pool that blocks it.
    pub is_reserved_for: bool,
}

/// What a pool says to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The claim may be granted.
    Free,
    /// The claim may be granted, and overtakes the head of this pool.
    Overtakes,
    /// The slots are not free.
    Full,
    /// The slots are free, but reserved for the head.
    Reserved,
}

impl Verdict {
    /// Whether the claim must wait.
    pub const fn blocks(self) -> bool {
        matches!(self, Self::Full | Self::Reserved)
    }
}

/// Whether the limit allows `slots` more than `used`. A negative limit allows any number.
pub const fn fits(limit: i64, used: i64, slots: i64) -> bool {
    limit < 0 || used + slots <= limit
}

/// Whether the limit could ever allow `slots`.
pub const fn satisfiable(limit: i64, slots: i64) -> bool {
    fits(limit, 0, slots)
}

/// The verdict of one pool. The claim is granted if no pool blocks.
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
