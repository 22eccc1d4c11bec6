/// A run, a logged model or an experiment that was deleted and can still be restored.
package struct DeletedRecord: Sendable, Equatable {
    /// In the order in which they leave: an experiment is empty before it does.
    package enum Kind: Int64, Sendable, CustomStringConvertible {
        case run = 1, loggedModel, experiment

        package var description: String {
            switch self {
            case .run: "run"
            case .loggedModel: "logged model"
            case .experiment: "experiment"
            }
        }
    }

    package let kind: Kind
    /// As clients call it.
    package let id: String
    package let name: String
    /// Milliseconds since 1970 UTC; 0 where an old store did not write it down.
    package let deletedAt: Int64
    /// Where its artifacts are.
    package let artifacts: String
    let number: Int64
}

/// A deleted record that stays.
package struct KeptRecord: Sendable, Equatable {
    package let record: DeletedRecord
    /// Such as "version 3 of 'price' was made of it".
    package let reason: String
}

/// What was deployed, whose origin stays.
package struct DeployedOrigin: Sendable, Equatable {
    /// The name that it answers or answered under.
    package let name: String
    package let run: String?
    /// Where its files were.
    package let source: String

    package init(name: String, run: String?, source: String) {
        self.name = name
        self.run = run
        self.source = source
    }
}

/// What is removed for good, or would be.
package struct RemovalPlan: Sendable {
    package var leaving: [DeletedRecord] = []
    package var kept: [KeptRecord] = []
    /// Whether there are more than one plan holds.
    package var hasMore = false
    let limit: Int64
    var needs: RemovalNeeds
}
