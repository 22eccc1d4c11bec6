import MartletCore
import MartletLearn

/// Reads a model's study. Each part is `nil` where a fault was reported.
struct StudyReader {
    /// The most steps of a range.
    private static let stepCountMax = 1e9

    /// The parameters that the estimator is given anyway.
    let given: Set<String>

    func study(_ node: SpecificationNode) -> StudySpecification? {
        guard let object = node.object(required: ["sampler", "minimise", "space"], optional: ["trials", "seed"]) else { return nil }
        let metrics = StudySpecification.Metric.allCases.map(\.rawValue)
        let name = object["sampler"]?.choice(["random", "grid"])
        let metric = object["minimise"]?.choice(metrics).flatMap(StudySpecification.Metric.init)
        let space = object["space"].flatMap { searchSpace($0, isGrid: name == "grid") }
        guard let name, let metric, let space, let sampler = name == "grid" ? grid(object, space) : random(object, node) else { return nil }
        return StudySpecification(sampler: sampler, metric: metric, space: space)
    }

    private func random(_ object: SpecificationObject, _ node: SpecificationNode) -> StudySpecification.Sampler? {
        guard let trials = object["trials"] else {
            node.report("the key 'trials' is missing; say how many points are tried")
            return nil
        }
        guard let count = trials.int(in: 1...StudySpecification.trialCountMax) else { return nil }
        return .random(trials: count, seed: object["seed"]?.int(in: 0...Int.max).map(UInt64.init))
    }

    private func grid(_ object: SpecificationObject, _ space: SearchSpace) -> StudySpecification.Sampler? {
        for key in ["trials", "seed"] { object[key]?.report("a grid tries all of its points, in order; remove '\(key)'") }
        let most = StudySpecification.trialCountMax
        guard let count = space.pointCount, count <= most else {
            object["space"]?.report(
                "expected a grid of at most \(most) points, found \(space.pointCount.map { "\($0)" } ?? "more than can be counted"); take fewer values, "
                    + "or the sampler random")
            return nil
        }
        return .grid
    }

    // MARK: The space

    private func searchSpace(_ node: SpecificationNode, isGrid: Bool) -> SearchSpace? {
        guard node.isMapping, !node.members.isEmpty else { return node.expected("parameters of LightGBM with the values to try") }
        var dimensions: [String: SearchDimension] = [:]
        for (name, member) in node.members {
            guard let parameter = parameter(name, member) else { continue }
            dimensions[name] = member.isMapping ? range(member, name, parameter, isGrid: isGrid) : choice(member, name, parameter)
        }
        return dimensions.count == node.members.count ? SearchSpace(dimensions) : nil
    }

    private func parameter(_ name: String, _ node: SpecificationNode) -> LightGBMParameter? {
        let known = LightGBMParameter.searchable
        guard let parameter = known[name] else {
            let hint = (LightGBMParameter.aliases[name] ?? nearest(to: name, among: known.keys)).map { "did you mean '\($0)'?" }
            node.report(
                "'\(name)' is no parameter of LightGBM that a study can search; "
                    + (hint ?? "there are \(known.keys.sorted().joined(separator: ", "))"))
            return nil
        }
        if let set = given.first(where: { $0 == name || LightGBMParameter.aliases[$0] == name }) {
            node.report("'\(set)' is set under 'estimator' too; remove one of the two")
            return nil
        }
        return parameter
    }

    private func choice(_ node: SpecificationNode, _ name: String, _ parameter: LightGBMParameter) -> SearchDimension? {
        guard node.isList, !node.items.isEmpty else { return node.expected("a list of values, or a range such as {from: 8, to: 64}") }
        let values = node.items.compactMap { value($0, name, parameter) }
        guard values.count == node.items.count else { return nil }
        guard Set(values.map(\.canonicalText)).count == values.count else {
            node.report("expected values that differ, found one twice")
            return nil
        }
        return .choice(values)
    }

    private func value(_ node: SpecificationNode, _ name: String, _ parameter: LightGBMParameter) -> JSONValue? {
        switch parameter.kind {
        case .truth: node.bool.map(JSONValue.boolean)
        case .word(let words): node.choice(words).map(JSONValue.string)
        case .integer: bounded(node.int, node, name, parameter).map { .integer(Int64($0)) }
        case .real: bounded(node.double, node, name, parameter).map(JSONValue.number)
        }
    }

    private func range(
        _ node: SpecificationNode, _ name: String, _ parameter: LightGBMParameter, isGrid: Bool
    ) -> SearchDimension? {
        guard let object = node.object(required: ["from", "to"], optional: ["scale", "step"]), let from = object["from"],
            let to = object["to"]
        else { return nil }
        switch parameter.kind {
        case .truth, .word: return node.expected("a list of values, since '\(name)' is no number")
        case .integer:
            guard let low = bounded(from.int, from, name, parameter), let high = bounded(to.int, to, name, parameter),
                isOrdered(low, high, to),
                let spacing = spacing(object, over: Double(low)...Double(high), isWhole: true, isGrid: isGrid, node)
            else { return nil }
            return .integer(low...high, spacing)
        case .real:
            guard let low = bounded(from.double, from, name, parameter), let high = bounded(to.double, to, name, parameter),
                isOrdered(low, high, to), let spacing = spacing(object, over: low...high, isWhole: false, isGrid: isGrid, node)
            else { return nil }
            return .real(low...high, spacing)
        }
    }

    private func bounded<Number: LosslessStringConvertible>(
        _ value: Number?, _ node: SpecificationNode, _ name: String, _ parameter: LightGBMParameter
    ) -> Number? {
        guard let value, let number = Double("\(value)") else { return nil }
        return parameter.takes(number) ? value : node.expected("a value that '\(name)' takes, \(parameter.boundWords)")
    }

    private func isOrdered<Number: Comparable>(_ low: Number, _ high: Number, _ node: SpecificationNode) -> Bool {
        guard high < low else { return true }
        node.report("expected a 'to' of at least 'from', found \(high) below \(low); exchange them")
        return false
    }

    private func spacing(
        _ object: SpecificationObject, over range: ClosedRange<Double>, isWhole: Bool, isGrid: Bool, _ node: SpecificationNode
    ) -> SearchDimension.Spacing? {
        guard let scale = object["scale"].map({ $0.choice(["linear", "log"]) }) ?? "linear" else { return nil }
        if scale == "log" {
            guard !isGrid, object["step"] == nil else {
                node.report("a logarithmic range has no steps to go through; \(isGrid ? "list the values" : "remove 'step' or 'scale'")")
                return nil
            }
            guard range.lowerBound > 0 else { return object["from"]?.expected("a number above 0, since the scale is log") }
            return .logarithmic
        }
        guard let step = object["step"] else {
            if isGrid, !isWhole {
                node.report("a grid needs values to go through; add 'step', or list them")
                return nil
            }
            return .linear
        }
        guard let size = isWhole ? step.int.map(Double.init) : step.double else { return nil }
        guard size > 0, size <= Double(Int32.max), (range.upperBound - range.lowerBound) / size <= Self.stepCountMax else {
            return step.expected("a step above 0, and at most \(Int(Self.stepCountMax).grouped) of them in the range")
        }
        return .step(size)
    }
}

extension LightGBMParameter {
    fileprivate var boundWords: String {
        let least = minimum.isFinite ? "\(isOpen ? "above" : "from") \(minimum.formatted(places: 0))" : ""
        let most = maximum.isFinite ? "up to \(maximum == maximum.rounded() ? "\(Int(maximum))" : "\(maximum)")" : ""
        return [least, most].filter { !$0.isEmpty }.joined(separator: " ")
    }
}
