//! Where the bytes of a file landing come from: a file, or a member of a zip file. They are read several times, from the
//! beginning each time: to recognise them, to take their hash, to land them.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::refine::container::{
    Container, MAGIC_BYTES,
    zip::{Member, members, read_member},
};

/// A file, or a member of a zip file.
#[derive(Debug, Clone)]
pub struct Input {
    path: PathBuf,
    /// What it is called, where the path says nothing.
    called: Option<String>,
    member: Option<Member>,
    limit: Option<u64>,
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Input {
    fn from(path: &P) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            called: None,
            member: None,
            limit: None,
        }
    }
}

impl Input {
    /// A file that may be called otherwise than its path: an upload, standard input.
    #[must_use]
    pub fn of(path: &Path, called: Option<&str>) -> Self {
        Self {
            called: called.map(str::to_owned),
            ..Self::from(path)
        }
    }

    /// The data files of a zip that holds several, each an input of its own; nothing for any other file, which is taken
    /// as it is.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] for an archive that must be refused; other kinds when the file cannot be read.
    pub fn members(&self) -> io::Result<Vec<Self>> {
        let mut file = File::open(&self.path)?;
        let mut magic = Vec::with_capacity(MAGIC_BYTES);
        (&mut file)
            .take(MAGIC_BYTES as u64)
            .read_to_end(&mut magic)?;
        if self.member.is_some() || Container::of(&magic) != Container::Zip {
            return Ok(Vec::new());
        }
        let members = members(&mut file)?;
        if members.len() < 2 {
            return Ok(Vec::new());
        }
        let of = |member| Self {
            member: Some(member),
            ..self.clone()
        };
        Ok(members.into_iter().map(of).collect())
    }

    /// The same, cut off behind its first bytes.
    #[must_use]
    pub fn limited(&self, bytes: u64) -> Self {
        Self {
            limit: Some(bytes),
            ..self.clone()
        }
    }

    /// The path, with `!` and the name of the member behind it.
    #[must_use]
    pub fn origin(&self) -> String {
        let path = || self.path.display().to_string();
        let file = self.called.clone().unwrap_or_else(path);
        match &self.member {
            None => file,
            Some(member) => format!("{file}!{}", member.name),
        }
    }

    /// The file itself: the archive, if this is a member of one.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Name of the file or member without its folders.
    #[must_use]
    pub fn name(&self) -> String {
        let origin = self.origin();
        let name = origin.rsplit(['/', '\\', '!']).next();
        name.unwrap_or(&origin).to_owned()
    }

    /// True for a file that is no member of an archive.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        self.member.is_none()
    }

    /// Size in bytes, as far as it is known without reading all of it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn bytes(&self) -> io::Result<u64> {
        let bytes = match &self.member {
            Some(member) => member.bytes,
            None => std::fs::metadata(&self.path)?.len(),
        };
        Ok(self.limit.map_or(bytes, |limit| limit.min(bytes)))
    }

    /// Reads it from its beginning.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let file = File::open(&self.path)?;
        let body: Box<dyn Read + Send> = match &self.member {
            None => Box::new(file),
            Some(member) => read_member(file, member)?,
        };
        Ok(match self.limit {
            None => body,
            Some(limit) => Box::new(body.take(limit)),
        })
    }

    /// Reads the text in it from its beginning.
    ///
    /// # Errors
    /// When the file cannot be opened or is an archive that must be refused.
    pub fn open_text(&self) -> io::Result<Box<dyn Read + Send>> {
        match &self.member {
            None => super::read::unpack(File::open(&self.path)?),
            Some(_) => super::read::unpack(self.open()?),
        }
    }
}
