//! Where on earth a network address seems to be, by a database in the MaxMind format that the operator supplies.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use maxminddb::Reader;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Where a database does not say how exact it is, in km.
const VAGUE_KM: f64 = 50.0;
const EARTH_RADIUS_KM: f64 = 6371.0;
const ENGLISH: &str = "en";

/// The database, if there is one. Clones share it.
#[derive(Clone, Default)]
pub struct Places(Option<Arc<Source>>);

struct Source {
    path: PathBuf,
    read: RwLock<Arc<Database>>,
}

struct Database {
    reader: Reader<Vec<u8>>,
    /// By which a file that took its place is told from it.
    stamp: Stamp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    changed: Option<SystemTime>,
}

/// Why a file is no database of places.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPlaces {
    /// It cannot be read.
    #[error("the database of places cannot be read")]
    File(#[from] std::io::Error),
    /// It is no database.
    #[error("the file is no database in the MaxMind format")]
    Form(#[from] maxminddb::MaxMindDbError),
}

/// What a database says of an address.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Place {
    city: Named,
    country: Country,
    location: Location,
}

/// Names by language.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Named {
    names: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Country {
    iso_code: Option<String>,
    names: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Location {
    latitude: Option<f64>,
    longitude: Option<f64>,
    accuracy_radius: Option<u16>,
}

impl Places {
    /// Reads a database.
    ///
    /// # Errors
    /// Why the file is none.
    pub fn open(path: &Path) -> Result<Self, InvalidPlaces> {
        let read = RwLock::new(Arc::new(Database::read(path)?));
        Ok(Self(Some(Arc::new(Source { path: path.to_owned(), read }))))
    }

    /// Reads the file again if another took its place; returns whether one did. It blocks while it reads.
    ///
    /// # Errors
    /// Why the new file is none; the database before stays in use.
    pub fn refresh(&self) -> Result<bool, InvalidPlaces> {
        let Some(source) = &self.0 else { return Ok(false) };
        if Stamp::of(&source.path)? == source.database().stamp {
            return Ok(false);
        }
        let fresh = Arc::new(Database::read(&source.path)?);
        *source.read.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }

    /// Where the address is; `None` where nobody knows.
    pub(crate) fn find(&self, address: IpAddr) -> Option<Place> {
        let database = self.0.as_ref()?.database();
        let found = database.reader.lookup(address.to_canonical()).and_then(|found| found.decode::<Place>());
        found.inspect_err(|error| tracing::warn!(%error, "the database of places is damaged")).ok().flatten()
    }

    /// Where the address is, as it is stored.
    pub(crate) fn find_text(&self, address: &str) -> Option<Place> {
        self.0.as_ref()?;
        self.find(address.parse().ok()?)
    }
}

impl Source {
    fn database(&self) -> Arc<Database> {
        self.read.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Database {
    fn read(path: &Path) -> Result<Self, InvalidPlaces> {
        let stamp = Stamp::of(path)?;
        Ok(Self { reader: Reader::from_source(std::fs::read(path)?)?, stamp })
    }
}

impl Stamp {
    fn of(path: &Path) -> std::io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        Ok(Self { bytes: metadata.len(), changed: metadata.modified().ok() })
    }
}

impl Place {
    /// City and country in that language (a BCP 47 tag), or else in English; `None` when neither has a name.
    pub(crate) fn named(&self, language: &str) -> Option<String> {
        let names = [&self.city.names, &self.country.names].map(|names| name_in(names, language));
        let names: Vec<&str> = names.into_iter().flatten().collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// As it stands in the details of an event; `None` when nothing is known.
    pub(crate) fn to_details(&self) -> Option<Value> {
        let city = name_in(&self.city.names, ENGLISH);
        let members = [("country", self.country.iso_code.as_deref()), ("city", city)];
        let known = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
        let details: Map<String, Value> = known.collect();
        (!details.is_empty()).then_some(Value::Object(details))
    }

    /// The way between the nearest points where the two may be, in km; `None` where a place has no coordinates.
    pub(crate) fn distance_km(&self, other: &Self) -> Option<f64> {
        let ((here, there), radii) = (self.location.point().zip(other.location.point())?, [self, other]);
        let vague: f64 = radii.map(|place| place.location.accuracy_radius.map_or(VAGUE_KM, f64::from)).iter().sum();
        Some((great_circle_km(here, there) - vague).max(0.0))
    }
}

impl Location {
    /// In radians.
    fn point(self) -> Option<(f64, f64)> {
        Some((self.latitude?.to_radians(), self.longitude?.to_radians()))
    }
}

/// The name in that language, in its main one, or in English.
fn name_in<'a>(names: &'a BTreeMap<String, String>, language: &str) -> Option<&'a str> {
    let main = language.split('-').next().unwrap_or(language);
    [language, main, ENGLISH].into_iter().find_map(|language| names.get(language)).map(String::as_str)
}

/// By the haversine formula.
fn great_circle_km(here: (f64, f64), there: (f64, f64)) -> f64 {
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let chord = half(here.0, there.0) + here.0.cos() * there.0.cos() * half(here.1, there.1);
    2.0 * EARTH_RADIUS_KM * chord.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place_database::{tokyo, two_places};

    fn write(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("places.mmdb");
        std::fs::write(&path, bytes).expect("a file");
        (directory, path)
    }

    fn find(places: &Places, address: &str) -> Option<Place> {
        places.find_text(address)
    }

    #[test]
    fn a_place_is_named_in_the_language_of_the_user_as_far_as_there_are_names() {
        let (_kept, path) = write(&two_places());
        let places = Places::open(&path).expect("a database");
        let lisbon = find(&places, "192.0.2.7").expect("a place");
        for (language, name) in
            [("de", "Lissabon, Portugal"), ("de-AT", "Lissabon, Portugal"), ("ja", "Lisbon, Portugal")]
        {
            assert_eq!(lisbon.named(language).as_deref(), Some(name), "{language}");
        }
        assert_eq!(lisbon.to_details(), Some(serde_json::json!({ "country": "PT", "city": "Lisbon" })));
        assert_eq!(find(&places, "::ffff:192.0.2.7"), Some(lisbon.clone()));
        let far = places.find(tokyo()).and_then(|tokyo| lisbon.distance_km(&tokyo)).expect("a distance");
        assert!((11_000.0..11_300.0).contains(&far), "{far}");
        assert_eq!(lisbon.distance_km(&lisbon), Some(0.0));
        for nowhere in ["203.0.113.1", "2001:db8::1", "not an address", ""] {
            assert_eq!(find(&places, nowhere), None, "{nowhere}");
        }
        assert_eq!(find(&Places::default(), "192.0.2.7"), None);
    }

    #[test]
    fn a_file_that_is_replaced_is_read_anew_and_a_bad_one_changes_nothing() {
        let (_kept, path) = write(&crate::place_database::place_database(&[]));
        let places = Places::open(&path).expect("a database");
        assert!(find(&places, "192.0.2.7").is_none());
        assert!(!places.refresh().expect("the same"));
        std::fs::write(&path, two_places()).expect("a file");
        assert!(places.refresh().expect("another"));
        assert!(find(&places, "192.0.2.7").is_some());
        std::fs::write(&path, b"no database").expect("a file");
        assert!(places.refresh().is_err());
        assert!(find(&places, "192.0.2.7").is_some(), "what was there is still used");
        assert!(Places::open(&path).is_err() && Places::open(&path.with_extension("none")).is_err());
    }
}
