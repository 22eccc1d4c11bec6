import MartletCore
import MartletPipeline

/// Reads what there is of the resources that a project names.
enum CapacityReader {
    static func capacity(_ node: SpecificationNode?) -> [String: CapacitySpecification] {
        var capacity: [String: CapacitySpecification] = [:]
        for (name, member) in node?.members ?? [] where member.variableName != nil {
            guard member.isMapping else {
                if let count = member.int(in: 1...1_000_000) { capacity[name] = CapacitySpecification(count: count) }
                continue
            }
            guard let object = member.object(required: ["count"], optional: ["failures", "pause"]),
                let count = object["count"]?.int(in: 1...1_000_000)
            else { continue }
            capacity[name] = CapacitySpecification(
                count: count, failures: object["failures"]?.int(in: 1...1_000_000),
                pause: object["pause"]?.duration(in: .milliseconds(10)...(.seconds(86_400))) ?? .seconds(60))
        }
        return capacity
    }
}
