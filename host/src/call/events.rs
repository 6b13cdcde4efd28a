//! The history of events.

use crate::{
    audit::{
        entry::{Field, Term},
        history::{Hit, Query},
    },
    wire::Result,
};

use super::{Account, Authorized, Call};

impl Call<'_> {
    /// The newest events of an account and Region that are looked for, at most `most`.
    pub async fn events(
        &self,
        account: &Authorized<Account>,
        mut query: Query,
        most: usize,
    ) -> Result<Vec<Hit>> {
        query.terms.push(Term::new(Field::Account, account.id.as_str()));
        query.terms.push(Term::new(Field::Region, account.region.as_str()));
        self.service.look_up(query, most).await
    }
}
