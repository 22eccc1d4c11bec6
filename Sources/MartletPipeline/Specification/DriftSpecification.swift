import MartletCore

/// What is watched for drift, and from when on it is one.
public struct DriftSpecification: Sendable, Equatable {
    /// What is compared with what.
    public enum Subject: Sendable, Equatable {
        /// What an endpoint's deployed release was asked for in the last whole window, with the rows that it was fitted on.
        case endpoint(String, window: Duration)
        /// A dataset's newest snapshot, with that which the deployed release of an endpoint was made from.
        case release(dataset: String, endpoint: String)
        /// A dataset's newest snapshot, with that which the trigger fired for last, or saw first.
        case snapshot(dataset: String)
    }

    /// What is compared with what.
    public var subject: Subject
    /// The columns; empty for all but times.
    public var columns: [String] = []
    /// The population stability index above which a column has drifted.
    public var threshold = 0.2
    /// Fewer rows, on either side, are not judged.
    public var rowCountMin = 500

    /// Makes the usual: all columns, 0.2, 500 rows.
    public init(_ subject: Subject) { self.subject = subject }
}

extension DriftSpecification: CustomStringConvertible {
    /// As it is read in lists: `drift of sales since the release of price, over 0.2`. Any change of it is another declaration.
    public var description: String {
        let what =
            switch subject {
            case .endpoint(let endpoint, let window):
                "drift of what \(endpoint) is asked, each \((window / .seconds(3_600)).formatted(places: 0)) h"
            case .release(let dataset, let endpoint): "drift of \(dataset) since the release of \(endpoint)"
            case .snapshot(let dataset): "drift of \(dataset)"
            }
        let columns = columns.isEmpty ? "" : " in \(columns.joined(separator: ", "))"
        return "\(what)\(columns), over \(threshold) from \(rowCountMin) rows on"
    }
}
