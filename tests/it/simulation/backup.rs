//! Backups of one learner's rows, and what must be gone with him: every table that names a learner, found in the schema
//! itself, so that a new table cannot be forgotten.

use super::{check::Check, run::Run};
use laerd::{
    app::{Error, Submission, epoch},
    clock::Ids,
    store::{Connection, Db},
    vocab::id::LearnerId,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

/// The tables with rows of learners, and the column that says whose.
pub async fn learner_tables(db: &Db) -> Vec<(String, &'static str)> {
    let backend = db.inner().get_database_backend();
    let by_column = match backend {
        DatabaseBackend::Sqlite => {
            "SELECT m.name AS name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c ON c.name = 'learner_id' \
             WHERE m.type = 'table'"
        }
        _ => {
            "SELECT table_name::text AS name FROM information_schema.columns \
             WHERE column_name = 'learner_id' AND table_schema = 'public'"
        }
    };
    let rows = db.inner().query_all_raw(Statement::from_string(backend, by_column)).await.expect("the schema");
    let names = rows.iter().map(|row| row.try_get::<String>("", "name").expect("a name"));
    let mut tables: Vec<_> =
        names.filter(|name| !name.starts_with("backup_")).map(|name| (name, "learner_id")).collect();
    tables.push(("learner".to_owned(), "id"));
    tables.sort_unstable();
    assert!(tables.len() > 7, "the schema has fewer tables of learners than it ever had: {tables:?}");
    tables
}

/// A learner's id as both databases write it in a statement.
fn literal(db: &Db, learner: LearnerId) -> String {
    match db.inner().get_database_backend() {
        DatabaseBackend::Sqlite => format!("x'{}'", learner.0.simple()),
        _ => format!("'{}'::uuid", learner.0),
    }
}

/// Where backups go: an empty table beside each of the learner's.
pub async fn make_room(db: &Db, tables: &[(String, &'static str)]) {
    let room =
        |(table, _): &(String, &str)| format!("CREATE TABLE backup_{table} AS SELECT * FROM {table} WHERE 1 = 0;");
    execute(db, &tables.iter().map(room).collect::<String>()).await;
}

async fn execute(db: &Db, sql: &str) {
    db.inner().execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

impl Run<'_> {
    /// One statement for each of the learner's tables, sent together.
    async fn for_each_table(&self, learner: LearnerId, sql: impl Fn(&str, &str) -> String) {
        let db = &self.world.db;
        let mine = |column: &str| format!("{column} = {}", literal(db, learner));
        let all = self.world.learner_tables.iter().map(|(table, column)| sql(table, &mine(column)));
        execute(db, &all.collect::<String>()).await;
    }

    pub(super) async fn back_up(&mut self) {
        let student = self.students[0].clone();
        let copy = |table: &str, mine: &str| {
            format!("DELETE FROM backup_{table}; INSERT INTO backup_{table} SELECT * FROM {table} WHERE {mine};")
        };
        self.for_each_table(student.id, copy).await;
        self.backup = Some(student);
    }

    /// I10: what was acknowledged since is still on the devices, which send it again.
    pub(super) async fn restore(&mut self) -> Check {
        let Some(student) = self.backup.clone() else { return Ok(()) };
        let put_back = |table: &str, mine: &str| {
            format!("DELETE FROM {table} WHERE {mine}; INSERT INTO {table} SELECT * FROM backup_{table};")
        };
        self.for_each_table(student.id, put_back).await;
        self.note(&format!("head {} is {} again", self.students[0].head, student.head));
        self.students[0] = student;
        self.epochs += 1;
        self.counts.add("restores", 1);
        let ids = Ids::seeded(self.epochs);
        epoch::renew(&self.world.db, &ids).await.map_err(|error| format!("a new epoch: {error}"))?;
        for via in 0..self.apps.len() {
            self.restart(via).await;
        }
        Ok(())
    }

    /// I11: it is as if one learner had answered everything; the guest is no more.
    pub(super) async fn merge(&mut self, via: usize) -> Check {
        let Some(guest) = self.students.get(1).filter(|guest| !guest.is_gone).cloned() else { return Ok(()) };
        // A guest who was away for half a year cannot show who he was.
        let Ok(tokens) = self.apps[via].refresh(&self.guest_token).await else { return Ok(()) };
        let moved = self.apps[via].merge(self.caller(0), &tokens.access_token).await;
        let moved = moved.map_err(|error| format!("merging: {error}"))?;
        self.students[1].is_gone = true;
        let expected = self.students[0].join(guest.clone());
        self.counts.add("events merged", moved.events);
        self.note(&format!("{} events come over", moved.events));
        if (moved.events, moved.conflicts) != (expected, 0) {
            return Err(format!("{moved:?} came over, not {expected} events"));
        }
        for device in self.devices.iter_mut().filter(|device| device.learner == 1) {
            device.belong_to(0);
        }
        self.absorb(0).await?;
        self.check_gone(guest.id).await
    }

    /// I12: after erasure no row remains, and whatever still arrives is told so. It also leaves the database to the next
    /// trace as this one found it.
    pub(super) async fn erase(&mut self, via: usize) -> Check {
        for learner in 0..self.students.len() {
            if !self.students[learner].is_gone {
                let caller = self.caller(learner);
                self.apps[via].erase(caller).await.map_err(|error| format!("erasing: {error}"))?;
                self.check_gone(caller.learner).await?;
            }
        }
        Ok(())
    }

    async fn check_gone(&self, learner: LearnerId) -> Check {
        let mine = literal(&self.world.db, learner);
        let rows =
            |(table, column): &(String, &str)| format!("SELECT '{table}' AS name FROM {table} WHERE {column} = {mine}");
        let rows: Vec<String> = self.world.learner_tables.iter().map(rows).collect();
        let db = self.world.db.inner();
        let left = Statement::from_string(db.get_database_backend(), rows.join(" UNION "));
        let left = db.query_all_raw(left).await.expect("the tables");
        let left: Vec<String> = left.iter().map(|row| row.try_get("", "name").expect("a name")).collect();
        if !left.is_empty() {
            return Err(format!("rows of {left:?} outlive their learner"));
        }
        for app in &self.apps {
            let late = Submission { learner, device_id: None, events: Vec::new() };
            match app.record(late).await {
                Err(Error::Erased) => {}
                other => return Err(format!("an erased learner is answered with {:?}", other.map(|_| ()))),
            }
        }
        Ok(())
    }
}
