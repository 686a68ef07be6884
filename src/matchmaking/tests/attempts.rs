use super::*;

/// A world in which Anna's match is always over, and yet she always stands in it.
fn ghost() -> Answers {
    Answers {
        find: [quietly(FindOutcome::AlreadyMatched(settled(3)))].into(),
        look: [quietly(Standing::Matched(settled(3)))].into(),
        leave: [quietly(LeaveOutcome::AlreadyMatched(settled(3)))].into(),
        connect: [connected(9, Standing::Matched(settled(3)))].into(),
        get: [None].into(),
        release: [false].into(),
        ..Answers::default()
    }
}

fn times(scene: &Scene, call: &str) -> usize {
    scene.calls().iter().filter(|made| *made == call).count()
}

#[tokio::test]
async fn a_call_that_meets_one_ended_match_after_another_gives_up_in_the_end() {
    let scene = Scene::new(ghost());
    let found = scene.matchmaking().find(&player("anna"), &key("chess")).await;
    assert!(matches!(found, Err(Unavailable::Busy)));
    assert_eq!(times(&scene, "find anna chess"), ATTEMPTS);

    let scene = Scene::new(ghost());
    assert!(matches!(scene.matchmaking().standing(&player("anna")).await, Err(Unavailable::Busy)));
    assert_eq!(times(&scene, "look anna"), ATTEMPTS);

    let scene = Scene::new(ghost());
    assert!(matches!(scene.matchmaking().leave(&player("anna")).await, Err(Unavailable::Busy)));
    assert_eq!(times(&scene, "leave anna"), ATTEMPTS);
}

#[tokio::test]
async fn a_registration_that_is_never_up_to_date_gives_up_in_the_end() {
    let outdated = Answers { greet: [Greeted::Outdated].into(), ..Answers::default() };
    for answers in [ghost(), outdated] {
        let scene = Scene::new(answers);
        let greeted = scene.matchmaking().register(&player("anna"), SocketId(1)).await;
        assert!(matches!(greeted, Err(Unavailable::Busy)));
        assert_eq!((times(&scene, "attach anna"), times(&scene, "connect anna")), (1, ATTEMPTS));
        assert_eq!(times(&scene, "record anna registered"), 0);
    }
}

#[tokio::test]
async fn nobody_who_did_not_free_the_players_says_that_the_match_is_over() {
    let scene = Scene::new(ghost());
    assert!(scene.matchmaking().standing(&player("anna")).await.is_err());
    let calls = scene.calls();
    assert!(!calls.iter().any(|call| call.starts_with("tell") || call.starts_with("record")), "{calls:?}");
}
