//! `sweep`: a run at each of several values of one parameter.

use crate::{
    args::{Assignment, SweepArgs},
    failure::Failure,
    print,
    report::{self, CSV_HEADER, csv_record},
    runner::{Progress, Runner},
};

/// Prints every observable at every value, each value's lines as soon as they are known.
pub(crate) async fn sweep(args: &SweepArgs) -> Result<(), Failure> {
    let id = args.over.id.as_str();
    let mut header = Some(csv([std::iter::once(id).chain(CSV_HEADER)])?);
    for value in args.over.values() {
        let value = value.to_string();
        let progress = Progress { shown: true, prefix: format!("{id} = {value}  ") };
        let here = Assignment { id: id.into(), value: value.clone() };
        let mut runner = Runner::open(&args.model, &[here], progress).await?;
        // Of values that are refused nothing is printed, not even what they would stand below.
        if let Some(header) = header.take() {
            print(&header)?;
        }
        runner.run(&args.model).await?;
        let observables = runner.frame(false).await?.observables;
        let records =
            report::rows(&observables).into_iter().map(|row| std::iter::once(value.clone()).chain(csv_record(&row)));
        print(&csv(records)?)?;
    }
    Ok(())
}

fn csv<T: AsRef<[u8]>>(records: impl IntoIterator<Item = impl IntoIterator<Item = T>>) -> Result<String, Failure> {
    let broken = |error: String| Failure::other(format!("CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.write_record(record).map_err(|error| broken(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| broken(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| broken(error.to_string()))
}
