//! A list of texts as it is read from a TEXT column: a JSON array.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::sql_types::Text;
use latchkey_storage::Json;

/// For `#[diesel(deserialize_as)]`: `Vec<String>` itself is foreign here.
#[derive(FromSqlRow)]
pub struct TextList(Vec<String>);

impl<DB: Backend> FromSql<Text, DB> for TextList
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        <Json<Vec<String>> as FromSql<Text, DB>>::from_sql(bytes).map(|Json(texts)| Self(texts))
    }
}

impl From<TextList> for Vec<String> {
    fn from(list: TextList) -> Self {
        list.0
    }
}
