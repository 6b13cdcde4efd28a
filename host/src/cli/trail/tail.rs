//! `keycell trail tail`: the last records, and those that come.

use keycell::audit::read::Follower;

use super::{DataFolder, Result, print};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
    /// How many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    lines: usize,
    /// Go on with the records that are written from now on
    #[arg(short, long)]
    follow: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let Arguments { data, lines, follow } = arguments;
    let (last, mut follower) = Follower::after_last(&data.path.join("trail"), *lines)?;
    if !print(&last)? || !follow {
        return Ok(());
    }
    loop {
        match follower.next_batch()? {
            Some(records) => {
                if !print(&records)? {
                    return Ok(());
                }
            }
            None => std::thread::sleep(std::time::Duration::from_millis(200)),
        }
    }
}
