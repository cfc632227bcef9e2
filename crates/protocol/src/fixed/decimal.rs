//! 64-bit fixed-point numbers as decimals in files.

use super::Q64;

/// 2^64 as a float.
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

impl serde::Serialize for Q64 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_f64())
    }
}

/// From a decimal: the nearest representable number.
impl<'de> serde::Deserialize<'de> for Q64 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        if (0.0..TWO_TO_64).contains(&value) {
            Ok(Self::from_f64(value))
        } else {
            Err(serde::de::Error::custom(format_args!("{value} is not a number from 0 to 2^64")))
        }
    }
}
