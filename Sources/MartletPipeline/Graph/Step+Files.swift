import MartletCore

extension Step {
    /// The paths of those inputs that differ by instance.
    /// - Throws: `invalidInput` where values lead out of the folder that they are to be in.
    func paths(of id: StepID) throws -> [String: String] {
        var paths: [String: String] = [:]
        for case (let name, .file(let pattern)) in inputs {
            do {
                paths[name] = try pattern.path(of: id.partition.values)
            } catch {
                throw MartletError(error.code, "step '\(id)': its input '\(name)': \(error.message)")
            }
        }
        return paths
    }

    /// The same with paths of an instance.
    func with(_ paths: [String: String]) -> Step {
        guard !paths.isEmpty else { return self }
        var step = self
        step.paths.merge(paths) { $1 }
        return step
    }
}
