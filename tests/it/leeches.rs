//! What an author hears of questions that learners keep forgetting.

use crate::support::{NOON, World, on_both, output, program};

on_both! {
    async fn a_leech_is_counted_for_authors_where_five_have_it(kind) {
        let world = World::new(kind).await;
        let mut told = Vec::new();
        for number in 0..7 {
            let learner = world.guest().await;
            let questions = learner.queue("?mode=learn&chapter=3&limit=2").await;
            // One has met it and forgets it once less.
            let lapses = if number == 0 { 7 } else { 8 };
            let at = |turn: i64| NOON.plus_minutes((turn - 60) * 1440);
            let reviews = (0..=2 * lapses).map(|turn| {
                learner.review_at(&questions[0], if turn % 2 == 0 { "good" } else { "again" }, at(turn))
            });
            learner.push(&reviews.collect::<Vec<_>>()).await;
            learner.push(&[learner.review_at(&questions[1], "again", at(0))]).await;
            let leeches = world.app.leeches("medarbeiderskap").await.unwrap();
            told.push(leeches.iter().map(|leech| (leech.learners, leech.met)).collect::<Vec<_>>());
        }
        assert!(told[..5].iter().all(Vec::is_empty), "nothing is told of four");
        assert_eq!(told[5..], [vec![(5, 6)], vec![(6, 7)]]);
        let (ok, text) = output(program().args(["bank", "leeches", "medarbeiderskap", "--database-url", &world.database.url]));
        assert!(ok && text.contains("6 of 7 learners") && text.lines().count() == 1, "{text}");
        let (ok, text) = output(program().args(["bank", "leeches", "nowhere", "--database-url", &world.database.url]));
        assert!(!ok && text.contains("no such course"), "{text}");
    }
}
