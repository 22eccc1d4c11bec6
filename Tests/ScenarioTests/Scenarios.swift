import Testing

/// All scenarios, one after the other: each starts several processes, and together they would only wait for one another.
@Suite(.serialized) enum Scenarios {}
