use super::*;
use crate::ports::Insertion;

fn connecting<const N: usize>(standings: [Standing; N]) -> Answers {
    let mut connection = 8;
    let connect = standings.map(|standing| {
        connection += 1;
        connected(connection, standing)
    });
    Answers { connect: connect.into(), ..Answers::default() }
}

async fn register(scene: &Scene) -> Result<Registered, Unavailable> {
    scene.matchmaking().register(&player("anna"), SocketId(1)).await
}

#[tokio::test]
async fn a_match_that_is_known_to_be_stored_is_named_in_the_greeting() {
    let scene = Scene::new(connecting([Standing::Matched(settled(3))]));
    assert_eq!(register(&scene).await.unwrap(), Registered::Live);
    let effects = ["attach anna", "connect anna", "get 3", "greet anna matched in 3", "record anna registered"];
    assert_eq!(scene.calls(), effects);
}

#[tokio::test]
async fn a_socket_that_is_registered_anew_lives_by_the_connection_it_had() {
    let scene = Scene::new(connecting([Standing::Matched(settled(3))]));
    let registered = scene.matchmaking().register_anew(&player("anna"), SocketId(1), Serial(2)).await;
    assert_eq!(registered.unwrap(), Registered::Live);
    let effects = ["attach anna", "connect anna", "get 3", "greet anna matched in 3 by 2", "record anna registered"];
    assert_eq!(scene.calls(), effects);
}

#[tokio::test]
async fn a_match_left_behind_is_carried_on_before_the_greeting_names_it() {
    let scene = Scene::new(connecting([Standing::Matched(unsettled(3))]));
    assert_eq!(register(&scene).await.unwrap(), Registered::Live);
    let calls = scene.calls();
    assert_eq!(calls[2..4], ["insert 3", "record 3 created"]);
    assert_eq!(calls[6..9], ["settle 3", "record 3 carried forward by the call", "greet anna matched in 3"]);
}

#[tokio::test]
async fn a_match_that_cannot_be_carried_on_fails_the_registration_since_nobody_may_tell_of_it_again() {
    for step in ["insert 3", "tell anna found 3", "tell bert found 3", "settle 3"] {
        for failure in Failure::ALL {
            let answers = connecting([Standing::Matched(unsettled(3))]);
            let scene = Scene::failing(answers, move |_, call| (call == step).then_some(failure));
            assert!(failure.is_reported_by(&register(&scene).await.unwrap_err()), "{step}");
            let last = if step == "tell anna found 3" { "tell bert found 3" } else { step };
            assert_eq!(scene.calls().last().unwrap(), last);
        }
    }
}

#[tokio::test]
async fn a_settled_match_that_cannot_be_read_fails_the_registration() {
    for failure in Failure::ALL {
        let answers = connecting([Standing::Matched(settled(3))]);
        let scene = Scene::failing(answers, move |_, call| (call == "get 3").then_some(failure));
        assert!(failure.is_reported_by(&register(&scene).await.unwrap_err()));
        assert_eq!(scene.calls(), ["attach anna", "connect anna", "get 3"]);
    }
}

#[tokio::test]
async fn a_match_that_the_repository_has_no_room_for_fails_the_registration() {
    let insert = [Insertion::AtCapacity].into();
    let scene = Scene::new(Answers { insert, ..connecting([Standing::Matched(unsettled(3))]) });
    assert!(matches!(register(&scene).await.unwrap_err(), Unavailable::RepositoryFull));
    assert_eq!(scene.calls(), ["attach anna", "connect anna", "insert 3"]);
}

#[tokio::test]
async fn a_match_that_is_over_is_not_greeted_but_read_anew() {
    let answers = connecting([Standing::Matched(settled(3)), Standing::Idle]);
    let scene = Scene::new(Answers { get: [None].into(), ..answers });
    assert_eq!(register(&scene).await.unwrap(), Registered::Live);
    let greetings: Vec<_> = scene.calls().into_iter().filter(|call| call.starts_with("greet")).collect();
    assert_eq!(greetings, ["greet anna idle"]);
}

#[tokio::test]
async fn an_outdated_greeting_is_tried_anew_with_the_standing_of_then() {
    let answers = connecting([Standing::Waiting(ticket(1)), Standing::Matched(settled(3))]);
    let scene = Scene::new(Answers { greet: [Greeted::Outdated, Greeted::Live].into(), ..answers });
    assert_eq!(register(&scene).await.unwrap(), Registered::Live);
    let effects = [
        "attach anna",
        "connect anna",
        "greet anna waiting",
        "connect anna",
        "get 3",
        "greet anna matched in 3",
        "record anna registered",
    ];
    assert_eq!(scene.calls(), effects);
}

#[tokio::test]
async fn a_socket_that_was_replaced_is_not_recorded_as_a_registration() {
    let scene = Scene::new(Answers { greet: [Greeted::Replaced].into(), ..Answers::default() });
    assert_eq!(register(&scene).await.unwrap(), Registered::Replaced);
    assert_eq!(scene.calls(), ["attach anna", "connect anna", "greet anna idle"]);
}

#[tokio::test]
async fn a_socket_that_closed_before_it_was_connected_does_not_stay_connected() {
    let gone = || Answers { greet: [Greeted::Gone].into(), ..Answers::default() };
    let scene = Scene::new(gone());
    assert_eq!(register(&scene).await.unwrap(), Registered::Gone);
    assert_eq!(scene.calls(), ["attach anna", "connect anna", "greet anna idle", "disconnect anna"]);

    let scene = Scene::failing(gone(), |_, call| (call == "disconnect anna").then_some(Failure::NotDone));
    assert!(Failure::NotDone.is_reported_by(&register(&scene).await.unwrap_err()));
}

#[tokio::test]
async fn a_ticket_that_turns_out_to_have_ended_is_reported_before_the_greeting() {
    let ended = vec![ended("anna", EndReason::Disconnected)];
    let connect = [Decided { ended, ..connected(9, Standing::Idle) }].into();
    let scene = Scene::new(Answers { connect, ..Answers::default() });
    assert_eq!(register(&scene).await.unwrap(), Registered::Live);
    assert_eq!(scene.calls()[2..5], ["record anna disconnected", "tell anna disconnected", "greet anna idle"]);
}

#[tokio::test]
async fn a_pairing_made_by_connecting_is_settled_by_the_registration_and_named_in_its_greeting() {
    let connect = [quietly(ConnectOutcome::Paired { match_: active(3), connection: Serial(2) })].into();
    let scene = Scene::new(Answers { connect, ..Answers::default() });
    assert_eq!(register(&scene).await.unwrap(), Registered::Live);
    let effects = [
        "attach anna",
        "connect anna",
        "insert 3",
        "record 3 created",
        "tell anna found 3",
        "tell bert found 3",
        "settle 3",
        "greet anna matched in 3",
        "record anna registered",
    ];
    assert_eq!(scene.calls(), effects);
}

#[tokio::test]
async fn a_pairing_made_by_connecting_that_is_over_at_once_is_not_greeted_but_the_standing_read_anew() {
    let paired = quietly(ConnectOutcome::Paired { match_: active(3), connection: Serial(2) });
    let connect = [paired, connected(5, Standing::Idle)].into();
    let insert = [Insertion::AlreadyThere(finished(3))].into();
    let scene = Scene::new(Answers { connect, insert, ..Answers::default() });
    assert_eq!(register(&scene).await.unwrap(), Registered::Live);
    let greetings: Vec<_> = scene.calls().into_iter().filter(|call| call.starts_with("greet")).collect();
    assert_eq!(greetings, ["greet anna idle"]);
}

#[tokio::test]
async fn a_registration_that_is_refused_for_want_of_room_has_no_further_effect() {
    let scene = Scene::new(Answers { connect: [quietly(ConnectOutcome::AtCapacity)].into(), ..Answers::default() });
    assert_eq!(register(&scene).await.unwrap(), Registered::AtCapacity);
    assert_eq!(scene.calls(), ["attach anna", "connect anna"]);
}
