//! The second revision of the engine's format for values: the part that rows use.
//!
//! Integers have a variable length. Sizes have four bytes and precede what they measure. A list or a map of eight or more
//! items has a table of offsets before them.

use revision::DeserializeRevisioned;

const REVISION: u8 = 2;
/// The values of these kinds have a revision of their own.
const NUMBER_REVISION: u8 = 1;
const BINARY_REVISION: u8 = 1;
/// The kind of a number.
const INTEGER: u8 = 0;
const INDEXED: u8 = 1;
const INDEXED_FROM: usize = 8;

/// A kind of value, by its number in the engine's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool = 2,
    Int = 3,
    Text = 4,
    List = 8,
    Object = 10,
    Binary = 12,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Bool, Self::Int, Self::Text, Self::List, Self::Object, Self::Binary];
}

pub struct Writer {
    bytes: Vec<u8>,
}

impl Default for Writer {
    /// With capacity for most records.
    fn default() -> Self {
        Self { bytes: Vec::with_capacity(512) }
    }
}

impl Writer {
    /// The bytes written, in an allocation of their size: many rows may wait for one commit. None if a size did not fit
    /// into its four bytes.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let fits = u32::try_from(self.bytes.len()).is_ok();
        let written = fits.then(|| self.bytes.as_slice().to_vec());
        self.bytes.clear();
        written
    }

    /// A record without metadata: two offsets, an absent value, and the record's value.
    pub fn record(&mut self, write: impl FnOnce(&mut Self)) {
        self.enveloped(|writer| {
            writer.bytes.extend_from_slice(&[8, 0, 0, 0, 9, 0, 0, 0, 0]);
            write(writer);
        });
    }

    pub fn value(&mut self, kind: Kind, write: impl FnOnce(&mut Self)) {
        self.bytes.extend_from_slice(&[REVISION, kind as u8 | 2 << 5]);
        self.sized(write);
    }

    pub fn text(&mut self, value: &str) {
        const HEAD: usize = 6;
        let (varint, size) = varint(value.len() as u64);
        let [a, b, c, d, ..] = (value.len() as u64 + u64::from(size)).to_le_bytes();
        let mut bytes = [0; HEAD + 9];
        bytes[..HEAD].copy_from_slice(&[REVISION, Kind::Text as u8 | 2 << 5, a, b, c, d]);
        bytes[HEAD..].copy_from_slice(&varint);
        self.bytes.extend_from_slice(&bytes[..HEAD + usize::from(size)]);
        self.bytes.extend_from_slice(value.as_bytes());
    }

    pub fn bool(&mut self, value: bool) {
        self.bytes.extend_from_slice(&[REVISION, Kind::Bool as u8 | 1 << 5, value.into()]);
    }

    pub fn int(&mut self, value: i64) {
        const HEAD: usize = 8;
        let (varint, size) = varint((value << 1 ^ value >> 63).cast_unsigned());
        let mut bytes = [0; HEAD + 9];
        let kind = Kind::Int as u8 | 2 << 5;
        // The size is that of the two bytes of the number's own format and of the number.
        bytes[..HEAD].copy_from_slice(&[REVISION, kind, size + 2, 0, 0, 0, NUMBER_REVISION, INTEGER]);
        bytes[HEAD..].copy_from_slice(&varint);
        self.bytes.extend_from_slice(&bytes[..HEAD + usize::from(size)]);
    }

    pub fn binary(&mut self, value: &[u8]) {
        self.value(Kind::Binary, |writer| {
            writer.bytes.push(BINARY_REVISION);
            writer.bytes(value);
        });
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    pub fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.enveloped(|writer| {
            let table = writer.head(items.len(), 4);
            let start = writer.bytes.len();
            for (at, item) in items.iter().enumerate() {
                if let Some(table) = table {
                    writer.patch(table + 4 * at, writer.bytes.len() - start);
                }
                write(writer, item);
            }
        });
    }

    pub fn map<T>(&mut self, entries: &[T], name: impl Fn(&T) -> &[u8], write: impl Fn(&mut Self, &T)) {
        self.enveloped(|writer| {
            let Some(table) = writer.head(entries.len(), 8) else {
                for entry in entries {
                    writer.bytes(name(entry));
                    write(writer, entry);
                }
                return;
            };
            let sizes = writer.bytes.len();
            writer.bytes.extend_from_slice(&[0; 8]);
            let names = writer.bytes.len();
            for (at, entry) in entries.iter().enumerate() {
                writer.patch(table + 8 * at, writer.bytes.len() - names);
                writer.bytes(name(entry));
            }
            let values = writer.bytes.len();
            for (at, entry) in entries.iter().enumerate() {
                writer.patch(table + 8 * at + 4, writer.bytes.len() - values);
                write(writer, entry);
            }
            writer.patch(sizes, values - names);
            writer.patch(sizes + 4, writer.bytes.len() - values);
        });
    }

    /// Writes the number of items. Returns the start of the table of offsets, if there is one.
    fn head(&mut self, items: usize, each: usize) -> Option<usize> {
        let indexed = items >= INDEXED_FROM;
        self.bytes.push(if indexed { INDEXED } else { 0 });
        self.varint(items as u64);
        let table = self.bytes.len();
        indexed.then(|| {
            self.bytes.resize(table + items * each, 0);
            table
        })
    }

    fn enveloped(&mut self, write: impl FnOnce(&mut Self)) {
        self.bytes.push(REVISION);
        self.sized(write);
    }

    fn sized(&mut self, write: impl FnOnce(&mut Self)) {
        let size = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        write(self);
        self.patch(size, self.bytes.len() - size - 4);
    }

    fn patch(&mut self, at: usize, value: usize) {
        // If the value is cut off here, the record is too large, which `finish` checks.
        self.bytes[at..at + 4].copy_from_slice(&(value as u64).to_le_bytes()[..4]);
    }

    fn varint(&mut self, value: u64) {
        match varint(value) {
            ([byte, ..], 1) => self.bytes.push(byte),
            (bytes, size) => self.bytes.extend_from_slice(&bytes[..usize::from(size)]),
        }
    }
}

/// In the first so many bytes.
const fn varint(value: u64) -> ([u8; 9], u8) {
    let of = value.to_le_bytes();
    match value {
        0..251 => ([of[0], 0, 0, 0, 0, 0, 0, 0, 0], 1),
        251..0x1_0000 => ([251, of[0], of[1], 0, 0, 0, 0, 0, 0], 3),
        0x1_0000..0x1_0000_0000 => ([252, of[0], of[1], of[2], of[3], 0, 0, 0, 0], 5),
        _ => ([253, of[0], of[1], of[2], of[3], of[4], of[5], of[6], of[7]], 9),
    }
}

/// The bytes are not in the format of this module.
#[derive(Debug)]
pub struct Unknown;

type Read<T> = Result<T, Unknown>;

#[derive(Clone, Copy)]
pub struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// The value of a record, with or without metadata.
    pub fn record(&mut self) -> Read<Self> {
        let mut record = self.enveloped()?;
        let whole = record;
        record.size()?;
        let value = record.size()?;
        whole.0.get(value..).map(Self).ok_or(Unknown)
    }

    /// The kind is None if rows have no values of it.
    pub fn value(&mut self) -> Read<(Option<Kind>, Self)> {
        self.expect(REVISION)?;
        let tag = self.byte()?;
        let size = match tag >> 5 {
            size @ (0 | 1) => size.into(),
            2 => self.size()?,
            _ => return Err(Unknown),
        };
        let mut value = Self(self.take(size)?);
        let mut kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == tag & 0x1F);
        if kind == Some(Kind::Int) {
            value.expect(NUMBER_REVISION)?;
            kind = kind.filter(|_| value.byte().is_ok_and(|number| number == INTEGER));
        }
        Ok((kind, value))
    }

    pub fn bool(&mut self) -> Read<bool> {
        Ok(self.byte()? == 1)
    }

    pub fn int(&mut self) -> Read<i64> {
        self.varint()
    }

    pub fn text(&mut self) -> Read<&'b str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Unknown)
    }

    pub fn binary(&mut self) -> Read<&'b [u8]> {
        self.expect(BINARY_REVISION)?;
        self.bytes()
    }

    pub fn list<E: From<Unknown>>(
        &mut self,
        mut visit: impl FnMut(Option<Kind>, Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut list = self.enveloped()?;
        let (indexed, items) = list.head()?;
        if indexed {
            list.take_each(4, items)?;
        }
        (0..items).try_for_each(|_| {
            let (kind, value) = list.value()?;
            visit(kind, value)
        })
    }

    pub fn map(&mut self, mut visit: impl FnMut(&'b str, Option<Kind>, Self) -> Read<()>) -> Read<()> {
        let mut map = self.enveloped()?;
        let (indexed, entries) = map.head()?;
        if !indexed {
            return (0..entries).try_for_each(|_| {
                let name = map.text()?;
                let (kind, value) = map.value()?;
                visit(name, kind, value)
            });
        }
        map.take_each(8, entries)?;
        let names = map.size()?;
        map.size()?;
        let mut names = Self(map.take(names)?);
        (0..entries).try_for_each(|_| {
            let name = names.text()?;
            let (kind, value) = map.value()?;
            visit(name, kind, value)
        })
    }

    fn head(&mut self) -> Read<(bool, usize)> {
        Ok((self.byte()? & INDEXED != 0, self.varint()?))
    }

    fn enveloped(&mut self) -> Read<Self> {
        self.expect(REVISION)?;
        let size = self.size()?;
        self.take(size).map(Self)
    }

    fn bytes(&mut self) -> Read<&'b [u8]> {
        let size = self.varint()?;
        self.take(size)
    }

    fn expect(&mut self, byte: u8) -> Read<()> {
        if self.byte()? == byte { Ok(()) } else { Err(Unknown) }
    }

    fn byte(&mut self) -> Read<u8> {
        let (byte, rest) = self.0.split_first().ok_or(Unknown)?;
        self.0 = rest;
        Ok(*byte)
    }

    fn size(&mut self) -> Read<usize> {
        let bytes = self.take(4)?.try_into().map_err(|_| Unknown)?;
        usize::try_from(u32::from_le_bytes(bytes)).map_err(|_| Unknown)
    }

    fn varint<T: DeserializeRevisioned>(&mut self) -> Read<T> {
        T::deserialize_revisioned(&mut self.0).map_err(|_| Unknown)
    }

    fn take_each(&mut self, size: usize, items: usize) -> Read<&'b [u8]> {
        self.take(items.checked_mul(size).ok_or(Unknown)?)
    }

    fn take(&mut self, size: usize) -> Read<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(size).ok_or(Unknown)?;
        self.0 = rest;
        Ok(taken)
    }
}
