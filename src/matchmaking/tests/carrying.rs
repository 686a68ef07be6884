use super::*;
use crate::ports::Insertion;

fn paired() -> Answers {
    Answers { find: [quietly(FindOutcome::Paired(active(3)))].into(), ..Answers::default() }
}

async fn find(scene: &Scene) -> Result<Found, Unavailable> {
    scene.matchmaking().find(&player("anna"), &key("chess")).await
}

#[tokio::test]
async fn a_match_that_the_repository_has_no_room_for_is_told_to_nobody_and_stays_unsettled() {
    let scene = Scene::new(Answers { insert: [Insertion::AtCapacity].into(), ..paired() });
    assert!(matches!(find(&scene).await, Err(Unavailable::RepositoryFull)));
    assert_eq!(scene.calls(), ["find anna chess", "insert 3"]);
}

#[tokio::test]
async fn a_match_that_somebody_else_stored_is_told_again_and_recorded_once() {
    let scene = Scene::new(Answers { insert: [Insertion::AlreadyThere(active(3))].into(), ..paired() });
    assert_eq!(find(&scene).await.unwrap(), Found::Matched(match_id(3)));
    assert_eq!(scene.calls(), ["find anna chess", "insert 3", "tell anna found 3", "tell bert found 3", "settle 3"]);
}

#[tokio::test]
async fn a_match_is_recorded_as_carried_forward_by_the_call_that_settled_it_if_that_did_not_pair() {
    let looking = || Answers { look: [quietly(Standing::Matched(unsettled(3)))].into(), ..Answers::default() };
    let left_behind = || Answers { unsettled: [vec![unsettled(3)], vec![]].into(), ..Answers::default() };
    for outcome in [SettleOutcome::Settled, SettleOutcome::AlreadySettled, SettleOutcome::NotStanding] {
        let settle = || [outcome].into();
        let (own, look) = (
            Scene::new(Answers { settle: settle(), ..paired() }),
            Scene::new(Answers { settle: settle(), ..looking() }),
        );
        let sweep = Scene::new(Answers { settle: settle(), ..left_behind() });
        find(&own).await.unwrap();
        drop(look.matchmaking().standing(&player("anna")).await);
        sweep.matchmaking().sweep().await;
        let recorded = [own, look, sweep].map(|scene| {
            let carried = |call: &String| call.strip_prefix("record 3 carried forward by the ").map(ToOwned::to_owned);
            scene.calls().iter().find_map(carried)
        });
        let expected = if outcome == SettleOutcome::Settled { [None, Some("call"), Some("sweep")] } else { [None; 3] };
        assert_eq!(recorded.each_ref().map(Option::as_deref), expected, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_match_that_is_over_already_is_not_told_as_found() {
    let scene = Scene::new(Answers { insert: [Insertion::AlreadyThere(finished(3))].into(), ..paired() });
    assert_eq!(find(&scene).await.unwrap(), Found::Matched(match_id(3)), "it was his match, and it can be read");
    let freeing = ["release 3", "record 3 finished", "tell anna finished 3", "tell bert finished 3"];
    assert_eq!(scene.calls(), [&["find anna chess", "insert 3"][..], &freeing].concat());
}

#[tokio::test]
async fn a_match_stored_after_its_players_were_freed_is_finished_so_that_nobody_reads_it_as_active() {
    let scene = Scene::new(Answers { settle: [SettleOutcome::NotStanding].into(), ..paired() });
    assert_eq!(find(&scene).await.unwrap(), Found::Matched(match_id(3)));
    assert_eq!(scene.calls().last().unwrap(), "finish 3");
}

#[tokio::test]
async fn the_failure_to_finish_such_a_match_is_reported() {
    let late = Answers { settle: [SettleOutcome::NotStanding].into(), ..paired() };
    let scene = Scene::failing(late, |_, call| (call == "finish 3").then_some(Failure::Unknown));
    assert!(Failure::Unknown.is_reported_by(&find(&scene).await.unwrap_err()));
}

#[tokio::test]
async fn who_did_not_store_the_match_does_not_finish_it_either() {
    let insert = [Insertion::AlreadyThere(active(3))].into();
    let scene = Scene::new(Answers { insert, settle: [SettleOutcome::NotStanding].into(), ..paired() });
    assert_eq!(find(&scene).await.unwrap(), Found::Matched(match_id(3)));
    assert_eq!(scene.calls().last().unwrap(), "settle 3");
}

#[tokio::test]
async fn a_pairing_left_behind_and_over_meanwhile_is_no_standing() {
    let answers = Answers {
        look: [quietly(Standing::Matched(unsettled(3))), quietly(Standing::Idle)].into(),
        insert: [Insertion::AlreadyThere(finished(3))].into(),
        ..Answers::default()
    };
    let scene = Scene::new(answers);
    assert_eq!(scene.matchmaking().standing(&player("anna")).await.unwrap(), Standing::Idle);
    assert!(scene.calls().contains(&"release 3".to_owned()));
}
