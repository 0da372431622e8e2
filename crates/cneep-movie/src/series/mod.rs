//! Holds the statistics of series in time that movies and results share.

mod block_length;
mod correlation_time;
mod student;
mod trend;

pub use block_length::block_length;
pub use correlation_time::integrated_correlation_time;
pub use student::{student_factor, student_p_value};
pub use trend::Trend;
