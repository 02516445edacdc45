use std::fmt;
use std::path::Path;

/// An absolute path on the drive without `.`, `..` and empty parts.
#[derive(Clone)]
pub struct DrivePath(String);

impl DrivePath {
    pub fn parse(path: &str) -> Result<Self, String> {
        if path.contains('\0') {
            return Err(format!("{path:?}: a zero character"));
        }
        let mut parts = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or(format!("{path}: leads above the root"))?;
                }
                _ => parts.push(part),
            }
        }
        Ok(Self(format!("/{}", parts.join("/"))))
    }

    pub fn join(&self, name: &str) -> Self {
        let slash = if self.is_root() { "" } else { "/" };
        Self(format!("{}{slash}{name}", self.0))
    }

    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }

    /// Whether this is the other path or below it.
    pub fn is_below(&self, other: &Self) -> bool {
        Path::new(&self.0).starts_with(&other.0)
    }

    /// The directories from the root's child down to this path itself.
    pub fn from_root(&self) -> Vec<Self> {
        let ends = self.0.match_indices('/').map(|(at, _)| at).skip(1);
        let mut steps: Vec<Self> = ends.map(|end| Self(self.0[..end].to_owned())).collect();
        if !self.is_root() {
            steps.push(self.clone());
        }
        steps
    }
}

impl AsRef<Path> for DrivePath {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl fmt::Display for DrivePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
