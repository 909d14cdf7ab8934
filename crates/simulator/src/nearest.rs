//! Names that somebody mistyped: the known name that lies nearest.

/// `x is not known; did you mean y?`, or what is known where nothing lies near.
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("{what} \"{name}\" is not known; did you mean \"{near}\"?"),
        None => format!("{what} \"{name}\" is not known"),
    }
}

/// The known name that differs in the fewest letters, if those are not more than a third.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.chars().count() / 3).max(2);
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, drop or change, whatever their case.
fn distance(one: &str, other: &str) -> usize {
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let (one, other) = (lower(one), lower(other));
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, candidate) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != candidate);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        let known = ["AWS::SageMaker::App", "AWS::SageMaker::Domain"];
        let find = |name| nearest(name, known.into_iter());
        assert_eq!(find("AWS::Sagemaker::Apps"), Some("AWS::SageMaker::App"));
        assert_eq!(
            find("AWS::SageMaker::Domian"),
            Some("AWS::SageMaker::Domain")
        );
        assert_eq!(find("bucket"), None);
        let problem = unknown("type", "AWS::SageMaker::Ap", known.into_iter());
        assert!(problem.ends_with("did you mean \"AWS::SageMaker::App\"?"));
    }
}
