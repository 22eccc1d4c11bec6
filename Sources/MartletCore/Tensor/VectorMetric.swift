/// How far two vectors are from each other.
public enum VectorMetric: String, Sendable, CaseIterable, Codable {
    /// 1 − the cosine of their angle, from 0 to 2; vectors of zeros have none.
    case cosine
    /// Euclid's distance.
    case l2
    /// Their dot product, negated, so that here too the least is the nearest.
    case dot
}

/// Which columns of a table hold the vectors.
public enum VectorColumns: Sendable, Equatable {
    /// One column of lists of equal length; also as text, such as `[0.1, 0.2]`.
    case list(String)
    /// A column for each element.
    case numbers([String])

    /// The columns' names.
    public var names: [String] {
        switch self {
        case .list(let name): [name]
        case .numbers(let names): names
        }
    }
}
