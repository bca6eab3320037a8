//! How hard a password is to guess, by the estimate of [zxcvbn](https://www.usenix.org/conference/usenixsecurity16/technical-sessions/presentation/wheeler).

use zxcvbn::Entropy;
use zxcvbn::feedback::{Suggestion as Proposal, Warning};
use zxcvbn::matching::patterns::MatchPattern;

/// Of a longer password its beginning and its end are looked at: the estimate takes long for what is made up to.
const ESTIMATED_CHARS: usize = 32;
/// Words about a person that are looked for.
pub(super) const MAX_WORDS: usize = 40;

/// How hard a password is to guess, and why it is not harder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// 0 (fewer than 10³ guesses) to 4 (more than 10¹⁰).
    pub score: u8,
    /// What makes it easy to guess, where that can be said.
    pub weakness: Option<Weakness>,
    /// What would make it better; none where it is good.
    pub suggestions: Vec<Suggestion>,
}

/// What makes a password easy to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It is made of what is known of its owner, or of the tenant.
    Personal,
    /// One of the passwords that most people use, or like one.
    Common,
    /// Keys beside each other.
    Keyboard,
    /// The same again and again.
    Repeats,
    /// A row of letters or digits.
    Sequence,
    /// A recent year.
    Year,
    /// A date.
    Date,
    /// One word of a dictionary.
    SingleWord,
    /// Names of people.
    Name,
}

/// What would make a password better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// More words, that do not belong together.
    MoreWords,
    /// No need for capitals, digits or signs.
    NoNeedForSigns,
    /// Capitals help little.
    CapitalsHelpLittle,
    /// A word backwards helps little.
    ReversalHelpsLittle,
    /// Signs in the place of letters help little.
    SubstitutionsHelpLittle,
    /// No rows of keys.
    AvoidKeyboard,
    /// Nothing twice.
    AvoidRepeats,
    /// No rows of letters or digits.
    AvoidSequences,
    /// No years and dates that have to do with oneself.
    AvoidDates,
}

impl Strength {
    /// Of a password in NFKC, for who knows these words about its owner.
    pub(crate) fn of(password: &str, words: &[String]) -> Self {
        let words: Vec<&str> = words.iter().take(MAX_WORDS).map(String::as_str).collect();
        let chars: Vec<char> = password.chars().collect();
        let head: String = chars.iter().take(ESTIMATED_CHARS).collect();
        let strength = Self::of_part(&head, &words);
        let beyond = chars.len().saturating_sub(ESTIMATED_CHARS);
        if beyond == 0 || strength.score == 4 {
            return strength;
        }
        let tail: String = chars.iter().skip(beyond).collect();
        let of_tail = Self::of_part(&tail, &words);
        if of_tail.score > strength.score { of_tail } else { strength }
    }

    fn of_part(part: &str, words: &[&str]) -> Self {
        let estimate = zxcvbn::zxcvbn(part, words);
        let feedback = estimate.feedback();
        let warned = feedback.and_then(|feedback| feedback.warning()).map(weakness_of);
        let weakness = if is_personal(&estimate, words) { Some(Weakness::Personal) } else { warned };
        let mut suggestions = Vec::new();
        for proposal in feedback.map(|feedback| feedback.suggestions()).unwrap_or_default() {
            let suggestion = suggestion_of(*proposal);
            if !suggestions.contains(&suggestion) {
                suggestions.push(suggestion);
            }
        }
        Self { score: estimate.score().into(), weakness: feedback.and(weakness), suggestions }
    }
}

/// Whether what is easiest to guess about it stands in the words.
fn is_personal(estimate: &Entropy, words: &[&str]) -> bool {
    estimate.sequence().iter().any(|part| match &part.pattern {
        MatchPattern::Dictionary(found) => words.iter().any(|word| word.to_lowercase() == found.matched_word),
        _ => false,
    })
}

fn weakness_of(warning: Warning) -> Weakness {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => Weakness::Keyboard,
        Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            Weakness::Repeats
        }
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword => Weakness::Common,
        Warning::SequencesLikeAbcAreEasyToGuess => Weakness::Sequence,
        Warning::RecentYearsAreEasyToGuess => Weakness::Year,
        Warning::AWordByItselfIsEasyToGuess => Weakness::SingleWord,
        Warning::DatesAreOftenEasyToGuess => Weakness::Date,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            Weakness::Name
        }
    }
}

fn suggestion_of(proposal: Proposal) -> Suggestion {
    match proposal {
        Proposal::UseAFewWordsAvoidCommonPhrases | Proposal::AddAnotherWordOrTwo => Suggestion::MoreWords,
        Proposal::NoNeedForSymbolsDigitsOrUppercaseLetters => Suggestion::NoNeedForSigns,
        Proposal::CapitalizationDoesntHelpVeryMuch | Proposal::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            Suggestion::CapitalsHelpLittle
        }
        Proposal::ReversedWordsArentMuchHarderToGuess => Suggestion::ReversalHelpsLittle,
        Proposal::PredictableSubstitutionsDontHelpVeryMuch => Suggestion::SubstitutionsHelpLittle,
        Proposal::UseALongerKeyboardPatternWithMoreTurns => Suggestion::AvoidKeyboard,
        Proposal::AvoidRepeatedWordsAndCharacters => Suggestion::AvoidRepeats,
        Proposal::AvoidSequences => Suggestion::AvoidSequences,
        Proposal::AvoidRecentYears
        | Proposal::AvoidYearsThatAreAssociatedWithYou
        | Proposal::AvoidDatesAndYearsThatAreAssociatedWithYou => Suggestion::AvoidDates,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(password: &str, words: &[&str]) -> Strength {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Strength::of(password, &words)
    }

    #[test]
    fn what_makes_a_password_weak_is_said_and_a_strong_one_has_no_advice() {
        for (password, weakness) in [
            ("password", Weakness::Common),
            ("zxcvbnm,", Weakness::Keyboard),
            ("aaaaaaaaaa", Weakness::Repeats),
            ("abcdefghijk", Weakness::Sequence),
            ("17.03.1990", Weakness::Date),
        ] {
            let strength = of(password, &[]);
            assert_eq!(strength.weakness, Some(weakness), "{password}: {strength:?}");
            assert!(strength.score < 2 && !strength.suggestions.is_empty(), "{password}: {strength:?}");
        }
        let strong = of("correct horse battery staple", &[]);
        assert_eq!((strong.score, strong.weakness, strong.suggestions.len()), (4, None, 0));
    }

    #[test]
    fn words_about_the_person_count_against_it() {
        let without = of("thistlewaite7", &[]);
        let with = of("thistlewaite7", &["Thistlewaite", "quorn"]);
        assert!(with.score < without.score, "{with:?} {without:?}");
        assert_eq!(with.weakness, Some(Weakness::Personal));
    }

    #[test]
    fn a_long_password_is_as_good_as_the_better_of_its_ends() {
        let padded = format!("{}correct horse battery staple", "a".repeat(40));
        assert_eq!(of(&padded, &[]).score, 4);
        assert!(of(&"a".repeat(200), &[]).score < 2);
    }
}
