use uuid::Uuid;

use crate::{domain::MatchId, ports::MatchIds};

/// Match ids of 122 random bits (UUID version 4): no node needs to know of another's, and nobody can guess one.
pub struct RandomMatchIds;

impl MatchIds for RandomMatchIds {
    fn next(&self) -> MatchId {
        MatchId::from_uuid(Uuid::new_v4())
    }
}
