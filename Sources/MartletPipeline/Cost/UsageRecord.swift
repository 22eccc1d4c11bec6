package import MartletCore

/// How much was used.
package struct UsageAmount: Sendable, Equatable {
    /// Seconds of cores that were busy: 2 cores for 3 s are 6.
    package var cpuSeconds: Double
    /// Bytes of memory times the seconds that they were held.
    package var memoryByteSeconds: Double
    /// Seconds of accelerators that were held.
    package var acceleratorSeconds: Double
    package var bytesRead: Int64
    package var bytesWritten: Int64

    package init(
        cpuSeconds: Double = 0, memoryByteSeconds: Double = 0, acceleratorSeconds: Double = 0, bytesRead: Int64 = 0,
        bytesWritten: Int64 = 0
    ) {
        self.cpuSeconds = cpuSeconds
        self.memoryByteSeconds = memoryByteSeconds
        self.acceleratorSeconds = acceleratorSeconds
        self.bytesRead = bytesRead
        self.bytesWritten = bytesWritten
    }

    /// Both together. Bytes stop at the end of their range.
    package static func + (left: UsageAmount, right: UsageAmount) -> UsageAmount {
        func sum(_ left: Int64, _ right: Int64) -> Int64 {
            let (sum, isTooLarge) = left.addingReportingOverflow(right)
            return isTooLarge ? .max : sum
        }
        return UsageAmount(
            cpuSeconds: left.cpuSeconds + right.cpuSeconds, memoryByteSeconds: left.memoryByteSeconds + right.memoryByteSeconds,
            acceleratorSeconds: left.acceleratorSeconds + right.acceleratorSeconds, bytesRead: sum(left.bytesRead, right.bytesRead),
            bytesWritten: sum(left.bytesWritten, right.bytesWritten))
    }
}

extension UsageAmount {
    /// Of a step: bytes are those of all system calls that read or wrote, from wherever.
    package init(_ usage: StepUsage) {
        self.init(
            cpuSeconds: usage.cpuSeconds, memoryByteSeconds: usage.memoryByteSeconds, acceleratorSeconds: usage.acceleratorSeconds,
            bytesRead: Int64(usage.readBytes), bytesWritten: Int64(usage.writtenBytes))
    }
}

/// What attempts at a step used, or would have used: one that ran, or all of a run that did not.
package struct UsageRecord: Sendable, Equatable {
    /// When it ended.
    package let at: Timestamp
    package let project: String
    package let pipeline: String
    /// The step's name, unique in its project, without its instance.
    package let step: String
    /// Whose cost it is.
    package let model: String?
    package let owner: String?
    /// For a step that was not run, what the execution that it stands for had used.
    package let amount: UsageAmount
    /// Whether the step was not run, as its outputs were there: nothing was used, and `amount` was saved.
    package let cached: Bool
    /// How many instances it is of.
    package let count: Int

    package init(
        at: Timestamp, project: String, pipeline: String, step: String, model: String? = nil, owner: String? = nil,
        amount: UsageAmount, cached: Bool = false, count: Int = 1
    ) {
        self.at = at
        self.project = project
        self.pipeline = pipeline
        self.step = step
        self.model = model
        self.owner = owner
        self.amount = amount
        self.cached = cached
        self.count = count
    }
}

/// What costs are told by.
public enum CostDimension: String, Sendable, CaseIterable {
    /// The whole project.
    case project
    /// A pipeline within it: what stands before the `/` of a step's name, or else the project's own.
    case pipeline
    /// A step, with all its instances.
    case step
    /// The model that a step is for.
    case model
    /// Who pays.
    case owner

    /// The record's name in this dimension; `nil` where it has none.
    package func name(of record: UsageRecord) -> String? {
        switch self {
        case .project: record.project
        case .pipeline: record.pipeline
        case .step: record.step
        case .model: record.model
        case .owner: record.owner
        }
    }
}
