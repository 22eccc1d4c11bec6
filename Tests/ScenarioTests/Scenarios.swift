import Testing

/// All scenarios, one after the other: each starts several processes, and together they would only wait for one another.
///
/// One that hangs is told by its name.
@Suite(.serialized, .timeLimit(.minutes(10))) enum Scenarios {}
