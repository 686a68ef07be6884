use super::*;

#[test]
fn a_player_id_is_1_to_128_of_its_characters() {
    let longest = "p".repeat(128);
    for text in
        ["a", "player123", "a.b", "...", ".a", "-", "user@example.com", "tg:42", "a|b", "a+b=", "A_B-C", &longest]
    {
        let id = PlayerId::parse(text).unwrap();
        assert_eq!((id.as_str(), id.to_string().as_str()), (text, text));
    }
    for text in
        ["", ".", "..", " ", "a b", "a/b", "a%20", "a?b", "a#b", "a\\b", "a\n", "a\0", "é", "игрок", &"p".repeat(129)]
    {
        assert_eq!(PlayerId::parse(text), Err(InvalidPlayerId), "{text:?}");
    }
}

#[test]
fn every_character_of_a_player_id_is_one_of_those_named() {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_-.:@|+=".contains(character);
    for character in (0..0x250u32).filter_map(char::from_u32) {
        assert_eq!(PlayerId::parse(&format!("a{character}b")).is_ok(), allowed(character), "{character:?}");
    }
}

#[test]
fn a_length_is_counted_before_a_character_of_many_bytes_can_slip_through() {
    assert_eq!(PlayerId::parse(&"é".repeat(64)), Err(InvalidPlayerId));
}

#[test]
fn player_ids_that_differ_in_case_are_two_players() {
    assert_ne!(PlayerId::parse("alice").unwrap(), PlayerId::parse("Alice").unwrap());
}

#[test]
fn a_player_of_whom_nothing_is_known_is_idle() {
    assert_eq!(Standing::default().as_str(), "idle");
}
