//! RocksDB's files, by their names.

/// Numbered variants carry RocksDB's file number, which rises and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineFile {
    Current,
    Identity,
    Lock,
    InfoLog,
    Temporary,
    Manifest(u64),
    Options(u64),
    Log(u64),
    Table(u64),
    Blob(u64),
}

impl EngineFile {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "CURRENT" => return Some(Self::Current),
            "IDENTITY" => return Some(Self::Identity),
            "LOCK" => return Some(Self::Lock),
            "LOG" => return Some(Self::InfoLog),
            _ => {}
        }
        if name.starts_with("LOG.old") {
            return Some(Self::InfoLog);
        }
        if let Some(number) = name.strip_prefix("MANIFEST-") {
            return digits(number).map(Self::Manifest);
        }
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let number = digits(stem);
        match ending {
            "" => name.strip_prefix("OPTIONS-").and_then(digits).map(Self::Options),
            "log" => number.map(Self::Log),
            "sst" | "ldb" => number.map(Self::Table),
            "blob" => number.map(Self::Blob),
            "dbtmp" => number.or_else(|| stem.strip_prefix("OPTIONS-").and_then(digits)).map(|_| Self::Temporary),
            _ => None,
        }
    }

    pub const fn number(self) -> Option<u64> {
        match self {
            Self::Manifest(number)
            | Self::Options(number)
            | Self::Log(number)
            | Self::Table(number)
            | Self::Blob(number) => Some(number),
            _ => None,
        }
    }

    /// Whether a closed store needs this file. Its logs are flushed.
    pub const fn is_needed_when_closed(self) -> bool {
        matches!(self, Self::Manifest(_) | Self::Table(_) | Self::Blob(_))
    }
}

fn digits(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_s_files_are_known_by_their_names() {
        let known = [
            ("CURRENT", EngineFile::Current),
            ("IDENTITY", EngineFile::Identity),
            ("LOCK", EngineFile::Lock),
            ("LOG", EngineFile::InfoLog),
            ("LOG.old.1764460000000000", EngineFile::InfoLog),
            ("MANIFEST-000005", EngineFile::Manifest(5)),
            ("OPTIONS-000007", EngineFile::Options(7)),
            ("OPTIONS-000007.dbtmp", EngineFile::Temporary),
            ("000012.dbtmp", EngineFile::Temporary),
            ("000012.log", EngineFile::Log(12)),
            ("1000000.sst", EngineFile::Table(1_000_000)),
            ("000013.ldb", EngineFile::Table(13)),
            ("000014.blob", EngineFile::Blob(14)),
        ];
        for (name, file) in known {
            assert_eq!(EngineFile::named(name), Some(file), "{name}");
        }
    }

    #[test]
    fn other_names_are_not_the_engine_s() {
        let others = [
            "lost+found",
            "rivers.lock",
            "rivers.store",
            "app.log",
            ".log",
            "MANIFEST-",
            "MANIFEST-x",
            "12",
            "LOGS",
            "",
        ];
        for name in others {
            assert_eq!(EngineFile::named(name), None, "{name}");
        }
    }
}
