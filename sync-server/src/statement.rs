//! SQL statements as values: each names the row that it gives, so that a test can prepare every one of them against a
//! migrated database and compare.

use std::marker::PhantomData;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

/// One column that a row mapping reads.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the statement's result.
    pub name: &'static str,
    /// Whether the mapping can read this type of column.
    pub reads: fn(&Type) -> bool,
}

/// What a row of a result becomes.
pub trait FromRow: Sized {
    /// The columns, in order.
    const COLUMNS: &'static [Column];

    /// Reads a row.
    ///
    /// # Errors
    /// A column is not of the type that the mapping reads.
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error>;
}

/// A statement that gives nothing back.
impl FromRow for () {
    const COLUMNS: &'static [Column] = &[];

    fn read(_: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(())
    }
}

/// The column type check of a Rust type.
pub const fn reads<T>() -> fn(&Type) -> bool
where
    T: for<'a> FromSql<'a>,
{
    <T as FromSql<'static>>::accepts
}

/// An SQL statement that gives rows of `R`.
#[derive(Debug)]
pub struct Statement<R = ()> {
    /// Its name in the registry.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
    row: PhantomData<fn() -> R>,
}

impl<R: FromRow> Statement<R> {
    /// A statement. Put it into its module's list, or the test over all statements fails.
    #[must_use]
    pub const fn new(name: &'static str, sql: &'static str) -> Self {
        Self { name, sql, row: PhantomData }
    }

    /// The statement without its type, for the registry.
    #[must_use]
    pub const fn described(&self) -> Described {
        Described { name: self.name, sql: self.sql, columns: R::COLUMNS }
    }
}

/// A statement as the registry has it.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
    /// What its row mapping reads.
    pub columns: &'static [Column],
}

impl Described {
    /// Compares the columns that PostgreSQL announces for the prepared statement with those that are read.
    ///
    /// # Errors
    /// What differs, in words.
    pub fn check(&self, announced: &[tokio_postgres::Column]) -> Result<(), String> {
        if announced.len() != self.columns.len() {
            return Err(format!(
                "{}: gives {} columns, {} are read",
                self.name,
                announced.len(),
                self.columns.len()
            ));
        }
        for (gives, reads) in announced.iter().zip(self.columns) {
            if gives.name() != reads.name || !(reads.reads)(gives.type_()) {
                return Err(format!(
                    "{}: gives {} as {}, which is not read as {}",
                    self.name,
                    gives.name(),
                    gives.type_(),
                    reads.name
                ));
            }
        }
        Ok(())
    }
}

/// Declares row structs with their mapping: `row! { /// … pub struct Name { field: Type, … } }`.
macro_rules! row {
    ($(#[$docs:meta])* $vis:vis struct $name:ident { $($(#[$field_docs:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$docs])*
        #[derive(Debug)]
        $vis struct $name {
            $($(#[$field_docs])* $vis $field: $type,)+
        }

        impl $crate::statement::FromRow for $name {
            const COLUMNS: &'static [$crate::statement::Column] = &[
                $($crate::statement::Column { name: stringify!($field), reads: $crate::statement::reads::<$type>() },)+
            ];

            fn read(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
                let mut column = 0..;
                $(let $field = row.try_get(column.next().unwrap_or_default())?;)+
                Ok(Self { $($field),+ })
            }
        }
    };
}
pub(crate) use row;

/// Declares a module's statements and its list of them.
macro_rules! statements {
    ($($(#[$docs:meta])* $name:ident: $row:ty = $sql:expr;)+) => {
        $($(#[$docs])* pub(crate) const $name: $crate::statement::Statement<$row> =
            $crate::statement::Statement::new(concat!(module_path!(), "::", stringify!($name)), $sql);)+

        /// Every statement of this module.
        pub(crate) const STATEMENTS: &[$crate::statement::Described] = &[$($name.described()),+];
    };
}
pub(crate) use statements;

/// Every statement of the server, for the test that prepares them all.
#[must_use]
pub fn every_statement() -> Vec<Described> {
    let own: &[&[Described]] = &[
        crate::audit::STATEMENTS,
        crate::clerk::STATEMENTS,
        crate::demo_load::STATEMENTS,
        crate::epoch::STATEMENTS,
        crate::grants::STATEMENTS,
        crate::leases::STATEMENTS,
        crate::log::STATEMENTS,
        crate::machinery::STATEMENTS,
        crate::migrations::STATEMENTS,
        crate::practice::STATEMENTS,
        crate::records::STATEMENTS,
        crate::records::narrow::STATEMENTS,
        crate::relay::STATEMENTS,
    ];
    own.iter()
        .chain(crate::sync::STATEMENTS)
        .chain(crate::auth::ALL_STATEMENTS)
        .flat_map(|list| list.iter().copied())
        .collect()
}
