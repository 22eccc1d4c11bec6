import Foundation
import MartletCore
import MartletPipeline

/// Pipelines of other files: `ingest: {pipeline: ingest.yaml}` has the steps `ingest/clean` and so on. All paths are those of the project.
extension StepReader {
    /// How deep pipelines may include one another.
    static let depthMax = 8
    /// What the steps of an included file call the outputs that they are given.
    static let takes = "takes"

    /// Reads another file's steps into a section.
    func include(_ name: String, _ node: SpecificationNode, into section: inout StepSection) {
        guard let object = node.object(required: ["pipeline"], optional: ["needs", "parameters"]), let place = object["pipeline"],
            let file = place.string
        else { return }
        guard depth < Self.depthMax else {
            return place.report("pipelines include one another more than \(Self.depthMax) deep; do they include themselves?")
        }
        guard let data = FileManager.default.contents(atPath: file.hasPrefix("/") ? file : "\(folder)/\(file)"),
            let text = String(data: data, encoding: .utf8)
        else { return place.report("there is no file '\(file)' of UTF-8 text in the project's folder; put it there, or name another") }
        section.texts[file] = text
        do {
            let specification = try SpecificationFile(name: file, text: text)
            let given = named(object["needs"]) { reference($0) }
            let inner = pipeline(specification.root, given: given, for: place)
            try specification.finish()
            guard var inner else { return }
            section.faults += inner.faults
            section.texts.merge(inner.texts) { $1 }
            override(&inner, with: named(object["parameters"]) { parameter($0) }, object["parameters"])
            for (step, specification) in inner.steps { section.steps["\(name)/\(step)"] = specification }
            for (output, source) in inner.aliases { section.aliases[OutputReference(step: name, output: output.output)] = source }
            prefix(name, Set(inner.steps.keys), given, in: &section)
        } catch let error as SpecificationError {
            section.faults += error.diagnostics
        } catch {
            place.report("\(error)")
        }
    }

    /// What a file of a pipeline declares; its aliases are the outputs that it makes known.
    private func pipeline(_ root: SpecificationNode, given: [String: OutputReference], for place: SpecificationNode) -> StepSection? {
        guard let object = root.object(required: ["pipeline", "steps"], optional: ["takes", "outputs"]), object["pipeline"]?.name != nil
        else { return nil }
        let taken = object["takes"]?.strings ?? []
        for name in taken where given[name] == nil { place.report("this pipeline takes '\(name)'; name an output for it under 'needs'") }
        for name in given.keys.sorted() where !taken.contains(name) {
            place.report("this pipeline takes no '\(name)'; remove it from 'needs'")
        }
        var inner = StepReader(ownSteps: ownSteps, folder: folder, depth: depth + 1, taken: Set(taken), webhooks: webhooks)
            .section(object["steps"])
        let outputs = named(object["outputs"]) { reference($0) }
        var known: [OutputReference: OutputReference] = [:]
        for (name, source) in outputs {
            let source = inner.aliases[source] ?? source
            if inner.steps[source.step]?.outputNames.contains(source.output) != true {
                object["outputs"]?.report("there is no step '\(source.step)' that makes '\(source.output)'")
            }
            known[OutputReference(step: "", output: name)] = source
        }
        inner.aliases = known
        return inner
    }

    private func override(_ inner: inout StepSection, with parameters: [String: JSONValue], _ node: SpecificationNode?) {
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            var isKnown = false
            for step in inner.steps.keys where inner.steps[step]?.parameters[name] != nil {
                inner.steps[step]?.parameters[name] = value
                isKnown = true
            }
            if !isKnown { node?.report("no step of this pipeline has a parameter '\(name)'; remove it") }
        }
    }

    /// Lets steps that came from a file name one another, and what they are given, as the project does. In one go: what they are given may
    /// be called as one of them is.
    private func prefix(_ name: String, _ steps: Set<String>, _ given: [String: OutputReference], in section: inout StepSection) {
        func renamed(_ reference: OutputReference) -> OutputReference {
            if reference.step == Self.takes { return given[reference.output] ?? reference }
            return steps.contains(reference.step) ? OutputReference(step: "\(name)/\(reference.step)", output: reference.output) : reference
        }
        let own = StepSection(steps: section.steps.filter { $0.key.hasPrefix("\(name)/") })
        section.steps.merge(own.mapped(renamed)) { $1 }
        for (output, source) in section.aliases where output.step == name { section.aliases[output] = renamed(source) }
    }
}
