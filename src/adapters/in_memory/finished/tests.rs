use uuid::Uuid;

use super::*;

#[test]
fn ids_come_out_in_the_order_in_which_they_went_in_however_many_there_are() {
    let ids = || (0..3 * BLOCK as u128).map(|number| MatchId::from_uuid(Uuid::from_u128(number)));
    let mut finished = Finished::default();
    for _ in 0..2 {
        ids().for_each(|id| finished.push(id));
        for id in ids() {
            assert_eq!(finished.oldest(), Some(&id));
            assert_eq!(finished.pop_oldest(), Some(id));
        }
        assert_eq!(finished.pop_oldest(), None);
        assert_eq!(finished.oldest(), None);
    }
}
