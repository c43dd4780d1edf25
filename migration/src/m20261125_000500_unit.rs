//! Units of the organisation, who leads them, who is a member of one, and what a team does to learn.
//!
//! A person is a member of one unit at a time, so that he is counted once. Who has left keeps his row, because he must
//! rest before he is counted anywhere again and because an import must not bring him back against his will.
//!
//! Indexes and the queries they serve:
//! - `unit_by_name`, `unit_by_name_of_root`: no two units of a name in one place, as lists name them by their path;
//! - `membership_by_unit`: the members of a unit; `membership_by_cohort`: the people of a cohort;
//! - `unit_lead_by_unit`: who leads a unit; `activity_by_day`: a unit's activities, the newest first.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [unit(), unit_lead(), membership(), unit_concept(), activity()] {
            manager.create_table(table).await?;
        }
        let mut by_name = index("unit_by_name", "unit", &["parent", "name"]);
        by_name.unique().and_where(Expr::col("parent").is_not_null());
        manager.create_index(by_name).await?;
        let mut of_root = index("unit_by_name_of_root", "unit", &["name"]);
        of_root.unique().and_where(Expr::col("parent").is_null());
        manager.create_index(of_root).await?;
        manager.create_index(index("membership_by_unit", "membership", &["unit_id", "learner_id"])).await?;
        manager.create_index(index("membership_by_cohort", "membership", &["cohort_id"])).await?;
        manager.create_index(index("unit_lead_by_unit", "unit_lead", &["unit_id"])).await?;
        manager.create_index(index("activity_by_day", "activity", &["unit_id", "held_on", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["activity", "unit_concept", "membership", "unit_lead", "unit"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(*column);
    }
    index
}

fn unit() -> TableCreateStatement {
    Table::create()
        .table("unit")
        .col(uuid("id").primary_key())
        .col(uuid_null("parent"))
        .col(text("name"))
        .col(integer("version"))
        .col(text_null("invitation").unique_key())
        .col(big_integer_null("invitation_ends"))
        .col(big_integer("created_at"))
        .take()
}

fn unit_lead() -> TableCreateStatement {
    Table::create()
        .table("unit_lead")
        .col(uuid("learner_id"))
        .col(uuid("unit_id"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("learner_id").col("unit_id"))
        .take()
}

fn membership() -> TableCreateStatement {
    Table::create()
        .table("membership")
        .col(uuid("learner_id").primary_key())
        .col(uuid("unit_id"))
        .col(text("source"))
        .col(text_null("consent"))
        .col(big_integer("joined_at"))
        .col(big_integer_null("left_at"))
        .col(boolean("opted_out"))
        .col(integer("counts_from"))
        .col(uuid_null("cohort_id"))
        .take()
}

fn unit_concept() -> TableCreateStatement {
    Table::create()
        .table("unit_concept")
        .col(uuid("unit_id"))
        .col(text("course"))
        .col(text("concept"))
        .col(integer("version"))
        .col(integer("importance"))
        .col(text_null("backup_title"))
        .col(text_null("backup_url"))
        .col(text_null("review_on"))
        .primary_key(Index::create().col("unit_id").col("course").col("concept"))
        .take()
}

fn activity() -> TableCreateStatement {
    Table::create()
        .table("activity")
        .col(uuid("id").primary_key())
        .col(uuid("unit_id"))
        .col(integer("version"))
        .col(text("kind"))
        .col(text("title"))
        .col(text("held_on"))
        .col(text_null("course"))
        .col(text_null("concept"))
        .col(text_null("follow_up"))
        .col(text_null("follow_up_on"))
        .col(boolean("done"))
        .take()
}
