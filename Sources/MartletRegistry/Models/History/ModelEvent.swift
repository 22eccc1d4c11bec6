/// What happened to a registered model. Events are only added: they outlive their model, and no event is ever changed.
package struct ModelEvent: Sendable, Equatable {
    /// The raw value is how it is stored and shown.
    package enum Kind: String, Sendable, CaseIterable {
        case modelCreated = "model-created"
        case modelRenamed = "model-renamed"
        case modelDeleted = "model-deleted"
        case versionCreated = "version-created"
        case versionDeleted = "version-deleted"
        case stageChanged = "stage-changed"
        case aliasSet = "alias-set"
        case aliasDeleted = "alias-deleted"
    }

    /// In the order of what happened.
    package let number: Int64
    /// What the model was called then; of a renaming, before it.
    package let model: String
    /// Milliseconds since 1970 UTC; never less than that of the event before.
    package let at: Int64
    package let note: ChangeNote
    package let kind: Kind
    /// The version that was made, deleted or moved, or that an alias stands for now; `nil` otherwise.
    package let version: Int64?
    package let alias: String?
    /// A model's name, a version's source, a stage, or the version of an alias, before it; `nil` where there was none.
    package let from: String?
    /// The same after it.
    package let to: String?
}

/// Who changes something, and why.
package struct ChangeNote: Sendable, Equatable {
    /// The longest, in code points.
    package static let whoLengthMax = 255
    package static let whyLengthMax = 4000

    /// A user's name; empty where users have none.
    package var who: String
    package var why: String?

    /// Makes one.
    package init(who: String = "", why: String? = nil) {
        self.who = who
        self.why = why
    }

    func check() throws(TrackingFault) {
        try KeyRule.checkLength(who, "who", max: Self.whoLengthMax)
        try KeyRule.checkLength(why ?? "", "why", max: Self.whyLengthMax)
    }
}

/// What the events of one write have in common.
struct ChangeStamp {
    let note: ChangeNote
    /// The clock's time.
    let now: Int64
    /// The time of the events, which does not go back where the clock does.
    let at: Int64
}
