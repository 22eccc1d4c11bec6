import MartletCore

/// A split of rows by event time: everything in the test part lies after everything in training.
public struct TimeSplit: Sendable, Equatable {
    /// How much of the end is set aside.
    public enum Share: Sendable, Equatable {
        /// So many of the last distinct times.
        case times(Int)
        /// This share of the distinct times, rounded up; (0, 1).
        case fraction(Double)

        func count(of total: Int) -> Int {
            switch self {
            case .times(let count): count
            // 7 % of 100 are 7, although 0.07 × 100 is a little more in binary.
            case .fraction(let share): Int(exactly: (share * Double(total) - 1e-9).rounded(.up)) ?? total
            }
        }
    }

    /// The end of all, never seen while fitting.
    public let test: Share
    /// The end of what remains, for early stopping.
    public let validation: Share

    /// Makes a split.
    public init(test: Share, validation: Share) {
        self.test = test
        self.validation = validation
    }

    /// The rows of each part, ascending, and the first time of validation and test.
    public struct Parts: Sendable, Equatable {
        /// What is fitted on.
        public let training: [Int]
        /// What decides when fitting stops.
        public let validation: [Int]
        /// What is judged on.
        public let test: [Int]
        /// Validation begins at this event time.
        public let validationFrom: Int64
        /// The test begins at this event time.
        public let testFrom: Int64
    }

    /// Splits rows by their times. - Throws: `invalidInput` where a part would be empty.
    public func parts(of times: [Int64]) throws -> Parts {
        let distinct = Set(times).sorted()
        let testCount = test.count(of: distinct.count)
        let rest = testCount >= 1 && testCount < distinct.count ? distinct.count - testCount : 0
        let validationCount = validation.count(of: rest)
        guard validationCount >= 1, validationCount < rest else {
            throw MartletError(
                .invalidInput,
                "the split sets \(testCount) times aside to test and \(validationCount) to validate, but there are \(distinct.count) "
                    + "in all; make the parts smaller or bring more data"
            )
        }
        let testFrom = distinct[rest]
        let validationFrom = distinct[rest - validationCount]
        return Parts(
            training: times.indices.filter { times[$0] < validationFrom },
            validation: times.indices.filter { times[$0] >= validationFrom && times[$0] < testFrom },
            test: times.indices.filter { times[$0] >= testFrom },
            validationFrom: validationFrom,
            testFrom: testFrom
        )
    }
}
