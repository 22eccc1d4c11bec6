import MartletRegistry

/// Histories of metrics in MLflow's form.
extension JSONOutput {
    // What is expected of a point, and of the name of its run.
    private static let pointSizeBytes = 128
    private static let runSizeBytes = 48

    /// A part of one run's history; `next` is the token of the part behind it.
    static func history(_ points: [LoggedMetric], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: points.count * pointSizeBytes + 64)
        output.object { output in
            output.member("metrics", list: points) { $0.write($1) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    /// The histories of some runs, drawn from intervals of their steps.
    static func sampledHistory(_ points: [RunMetric]) -> [UInt8] {
        var output = JSONOutput(sizeBytes: points.count * (pointSizeBytes + runSizeBytes) + 64)
        output.object { output in
            output.member("metrics", list: points) { output, point in
                output.object {
                    $0.member("key", point.metric.key)
                    $0.member("value", point.metric.value)
                    $0.member("timestamp", point.metric.at)
                    $0.member("step", point.metric.step)
                    $0.member("run_id", point.run)
                }
            }
        }
        return output.finished()
    }

    /// The histories of some runs; the list is there where it is empty, too.
    static func bulkHistory(_ points: [RunMetric]) -> [UInt8] {
        var output = JSONOutput(sizeBytes: points.count * (pointSizeBytes + runSizeBytes) + 64)
        output.object { output in
            output.name("metrics")
            output.array(points) { output, point in
                output.object {
                    $0.member("key", point.metric.key)
                    $0.member("run_id", point.run)
                    $0.member("step", point.metric.step)
                    $0.member("timestamp", point.metric.at)
                    $0.member("value", point.metric.value)
                }
            }
        }
        return output.finished()
    }
}
