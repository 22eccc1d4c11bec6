package import MartletCore

/// One fit or evaluation under an experiment, in MLflow's words.
package struct Run: Sendable, Equatable {
    /// How a run stands.
    package enum Status: String, Sendable, CaseIterable {
        case running, finished, failed, killed
    }

    /// The run's identifier, chosen by the caller.
    package let id: String
    /// The experiment it belongs to.
    package let experiment: String
    /// A name for people; need not be unique.
    package let name: String
    /// How it stands.
    package let status: Status
    /// When it began.
    package let startedAt: Timestamp
    /// When it ended; `nil` while it runs.
    package let endedAt: Timestamp?
}

/// One value of a metric of a run.
package struct Metric: Sendable {
    /// The metric's name.
    package let key: String
    /// The value; may be NaN or infinite.
    package let value: Double
    /// The step of the training, from 0.
    package let step: Int
    /// When it was measured.
    package let at: Timestamp

    /// Makes a metric.
    package init(key: String, value: Double, step: Int = 0, at: Timestamp) {
        self.key = key
        self.value = value
        self.step = step
        self.at = at
    }
}

extension Metric: Equatable {
    /// Equal parts; NaN equals NaN.
    package static func == (left: Metric, right: Metric) -> Bool {
        let areValuesEqual = left.value == right.value || (left.value.isNaN && right.value.isNaN)
        return areValuesEqual && left.key == right.key && left.step == right.step && left.at == right.at
    }
}
