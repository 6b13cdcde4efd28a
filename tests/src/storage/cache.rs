//! Cached reads agree with the commits before them, whatever runs at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keycell::storage::{Change, Error, Options, Stored};
use tokio::task::{JoinSet, yield_now};

use super::{Count, Outcome, Place, Text, count};

pub(super) async fn a_committed_change_is_seen_at_once(place: Place) -> Outcome {
    let store = place.open()?;
    let mut version = store.commit(vec![Change::create("key", Count(0).encode())]).await?;
    for number in 1..10 {
        assert_eq!(count(&store, "key").await?, Some(number - 1));
        let cached = store.cached::<Count>("key").flatten().expect("it was loaded");
        assert_eq!((cached.version, cached.0), (version, number - 1));

        let change = Change::replace("key", version, Count(number).encode());
        version = store.commit(vec![change]).await?;
        assert!(store.cached::<Count>("key").is_none(), "what was cached is old");
    }
    store.load::<Count>("key").await?;
    store.commit(vec![Change::delete("key", version)]).await?;
    assert_eq!(count(&store, "key").await?, None);
    Ok(())
}

pub(super) async fn an_absence_ends_with_the_creation(place: Place) -> Outcome {
    let store = place.open()?;
    assert!(store.cached::<Count>("key").is_none(), "nothing is known yet");
    assert_eq!(count(&store, "key").await?, None);
    assert!(matches!(store.cached::<Count>("key"), Some(None)));

    store.commit(vec![Change::create("key", Count(1).encode())]).await?;
    assert!(store.cached::<Count>("key").is_none());
    assert_eq!(count(&store, "key").await?, Some(1));
    Ok(())
}

pub(super) async fn a_record_of_another_type_is_not_cached(place: Place) -> Outcome {
    let store = place.open()?;
    store.commit(vec![Change::create("key", Count(1).encode())]).await?;
    store.load::<Count>("key").await?;
    assert!(store.cached::<Text>("key").is_none());
    assert!(store.cached::<Count>("key").is_some());
    Ok(())
}

/// The writer of a key knows after each commit what every load has to find, while readers load all
/// the time, through a cache that is too small.
pub(super) async fn a_late_reader_installs_nothing_old(place: Place) -> Outcome {
    let store = place.open_with(Options { cache_bytes: 4096 })?;
    let committed: Vec<_> = (0..24).map(|_| Arc::new(AtomicU64::new(0))).collect();
    let writing = Arc::new(());
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let (store, committed) = (store.clone(), committed.clone());
        let writing = Arc::downgrade(&writing);
        tasks.spawn(async move {
            while writing.strong_count() > 0 {
                // A pass that finds all in the cache waits for nothing.
                yield_now().await;
                for (key, committed) in committed.iter().enumerate() {
                    let least = committed.load(Ordering::SeqCst);
                    if let Some(found) = count(&store, &format!("key/{key}")).await? {
                        assert!(found >= least, "{found} was loaded after {least}");
                        committed.fetch_max(found, Ordering::SeqCst);
                    }
                }
            }
            Ok(())
        });
    }
    for (key, committed) in committed.into_iter().enumerate() {
        let (store, writing) = (store.clone(), writing.clone());
        tasks.spawn(async move {
            let _writing = writing;
            let key = format!("key/{key}");
            for round in (1..40).step_by(2) {
                let made = store.commit(vec![Change::create(&key, Count(round).encode())]).await?;
                committed.fetch_max(round, Ordering::SeqCst);
                assert_eq!(count(&store, &key).await?, Some(round));
                let next = Change::replace(&key, made, Count(round + 1).encode());
                let made = store.commit(vec![next]).await?;
                committed.fetch_max(round + 1, Ordering::SeqCst);
                assert_eq!(count(&store, &key).await?, Some(round + 1));
                store.commit(vec![Change::delete(&key, made)]).await?;
                assert_eq!(count(&store, &key).await?, None);
            }
            Ok::<_, Error>(())
        });
    }
    drop(writing);
    Ok(tasks.join_all().await.into_iter().collect::<Result<(), Error>>()?)
}

pub(super) async fn the_cache_is_bounded(place: Place) -> Outcome {
    let store = place.open_with(Options { cache_bytes: 64 << 10 })?;
    let keys: Vec<String> = (0..200).map(|key| format!("key/{key}")).collect();
    let texts = keys.iter().map(|key| Change::create(key, vec![b'x'; 1 << 10]));
    store.commit(texts.collect()).await?;
    for key in &keys {
        assert!(store.load::<Text>(key).await?.is_some());
    }
    let cached = keys.iter().filter(|key| store.cached::<Text>(key).is_some()).count();
    assert!((1..64).contains(&cached), "{cached} records of 1 KiB are in a cache of 64 KiB");
    Ok(())
}

pub(super) async fn absences_evict_no_records(place: Place) -> Outcome {
    let store = place.open_with(Options { cache_bytes: 64 << 10 })?;
    store.commit(vec![Change::create("key", Count(1).encode())]).await?;
    store.load::<Count>("key").await?;
    for number in 0..1000 {
        store.load::<Count>(&format!("none/{number}")).await?;
    }
    assert!(store.cached::<Count>("key").is_some());
    Ok(())
}
