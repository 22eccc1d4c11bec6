import Foundation

/// Which instance of a step that is fanned out: the values of its keys, such as `month=3`. Empty for a step that is not.
public struct StepPartition: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The value of each key.
    public let values: [String: String]
    /// `month=3,store=7`, keys in order; empty for a step that is not fanned out.
    public let description: String

    /// Names an instance.
    public init(_ values: [String: String] = [:]) {
        self.values = values
        description = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    /// The only instance of a step that is not fanned out.
    public static let whole = StepPartition()

    /// Whether there is but one instance.
    public var isWhole: Bool { values.isEmpty }

    /// The same with these keys alone.
    package func restricted(to keys: Set<String>) -> StepPartition {
        StepPartition(values.filter { keys.contains($0.key) })
    }

    /// Whether all keys have the same values.
    public static func == (left: Self, right: Self) -> Bool { left.description == right.description && left.values == right.values }

    /// Equal instances hash alike.
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }

    /// As people count: `day=9` before `day=10`.
    public static func < (left: Self, right: Self) -> Bool {
        left.description.compare(right.description, options: [.numeric]) == .orderedAscending
    }
}

/// A step, or an instance of one that is fanned out: `score[month=3]`.
public struct StepID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The step's name, unique in its graph, such as `train demand`.
    public let step: String
    /// Which instance of it.
    public let partition: StepPartition

    /// Names an instance.
    public init(_ step: String, _ partition: StepPartition = .whole) { (self.step, self.partition) = (step, partition) }

    /// `score[month=3]`, or the name alone where there is but one instance.
    public var description: String { partition.isWhole ? step : "\(step)[\(partition)]" }

    /// By name, then by instance.
    public static func < (left: Self, right: Self) -> Bool {
        left.step == right.step ? left.partition < right.partition : left.step < right.step
    }
}
