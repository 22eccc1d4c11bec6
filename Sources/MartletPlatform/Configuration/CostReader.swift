import Foundation
import MartletCore
import MartletPipeline

/// Reads what computing costs and what may be spent. Each part is `nil` where a fault was reported.
struct CostReader {
    /// The project, with its steps and models.
    let project: Project

    /// Reads `prices`.
    static func prices(_ node: SpecificationNode?) -> PriceTable? {
        let keys = ["core_hour", "memory_gib_hour", "accelerator_hour", "gib_read", "gib_written"]
        guard let node, let object = node.object(required: ["currency"], optional: keys) else { return nil }
        let prices = keys.map { object[$0].map(price) ?? 0 }
        guard let currency = object["currency"]?.string, !prices.contains(nil) else { return nil }
        let known = prices.compactMap(\.self)
        do {
            return try PriceTable(
                currency: currency, coreHour: known[0], memoryGiBHour: known[1], acceleratorHour: known[2], gibRead: known[3],
                gibWritten: known[4])
        } catch {
            node.report("\(error)")
            return nil
        }
    }

    private static func price(_ node: SpecificationNode) -> Double? {
        guard let price = node.double else { return nil }
        return price >= 0 ? price : node.expected("a price of 0 or more")
    }

    /// Reads `budgets`, which need prices. - Parameter prices: where those are declared.
    func budgets(_ node: SpecificationNode?, prices: SpecificationNode?) -> [Budget] {
        guard let node else { return [] }
        guard prices != nil else {
            node.report("budgets need prices: declare what a core's hour costs under 'prices', or remove 'budgets'")
            return []
        }
        return node.members.compactMap { name, member in member.keyName == nil ? nil : budget(name, member) }
    }

    private func budget(_ key: String, _ node: SpecificationNode) -> Budget? {
        guard
            let object = node.object(required: ["of", "limit", "per"], optional: ["name", "zone", "warn_at", "stop"]),
            let of = object["of"]?.choice(CostDimension.allCases.map(\.rawValue)).flatMap(CostDimension.init),
            let name = name(of, object["name"], node), let limit = object["limit"].flatMap(limit),
            let per = object["per"]?.choice(Budget.Period.allCases.map(\.rawValue)).flatMap(Budget.Period.init)
        else { return nil }
        guard let zone = object["zone"].map(zone) ?? .gmt, let warnAt = object["warn_at"].map({ $0.fraction(in: 0...1) }) ?? 0.8,
            let stop = object["stop"].map(\.bool) ?? false
        else { return nil }
        do {
            return try Budget(key: key, of: of, name: name, limit: limit, per: per, zone: zone, warnAt: warnAt, stop: stop)
        } catch {
            node.report("\(error)")
            return nil
        }
    }

    private func limit(_ node: SpecificationNode) -> Double? {
        guard let limit = node.double else { return nil }
        return limit > 0 ? limit : node.expected("an amount above 0, in the currency of 'prices'")
    }

    private func zone(_ node: SpecificationNode) -> TimeZone? {
        guard let name = node.string else { return nil }
        do {
            return try Budget.zone(name)
        } catch {
            node.report("\(error)")
            return nil
        }
    }

    /// Whose budget it is: a name that the project knows.
    private func name(_ of: CostDimension, _ node: SpecificationNode?, _ budget: SpecificationNode) -> String? {
        if of == .project, node == nil { return project.name }
        guard let node else {
            budget.report("the key 'name' is missing; say which \(of.rawValue)'s budget it is")
            return nil
        }
        return node.reference(to: names(of), of.rawValue)
    }

    private func names(_ of: CostDimension) -> [String] {
        let accounts = project.accounts
        let names: [String?] =
            switch of {
            case .project: [project.name]
            case .pipeline: [project.name] + accounts.keys.map(project.pipeline)
            case .step: accounts.keys.map(\.self)
            case .model: accounts.values.map(\.model) + project.models.keys.map(\.self)
            case .owner: accounts.values.map(\.owner) + [project.owner]
            }
        return Set(names.compactMap(\.self)).sorted()
    }
}
