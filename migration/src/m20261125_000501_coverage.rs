//! What is shown of teams: who is counted together, the band of each cohort and concept, week by week.
//!
//! Nothing here names a person. `coverage_refresh` has a row per week: planned once, published once, never changed
//! after. A point's key begins with its cohort, because that is how points are read and how they go when their cohort
//! ends.
//! `cohort_by_unit` finds the cohorts of a unit.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let refresh = Table::create()
            .table("coverage_refresh")
            .col(integer("week").primary_key())
            .col(big_integer("planned_at"))
            .col(big_integer_null("published_at"))
            .take();
        manager.create_table(refresh).await?;
        let cohort = Table::create()
            .table("cohort")
            .col(uuid("id").primary_key())
            .col(uuid("unit_id"))
            .col(integer("people"))
            .col(integer("formed_in"))
            .take();
        manager.create_table(cohort).await?;
        manager.create_index(Index::create().name("cohort_by_unit").table("cohort").col("unit_id").take()).await?;
        let point = Table::create()
            .table("coverage_point")
            .col(uuid("cohort_id"))
            .col(text("course"))
            .col(integer("week"))
            .col(text("concept"))
            .col(integer("band"))
            .primary_key(Index::create().col("cohort_id").col("course").col("week").col("concept"))
            .take();
        manager.create_table(point).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["coverage_point", "cohort", "coverage_refresh"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
