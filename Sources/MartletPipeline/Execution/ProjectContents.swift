package import MartletCore

/// The files and folders of a project as they are now.
package struct ProjectContents: Sendable {
    /// The digest of one, by its path. - Throws: `notFound`, `storage`.
    let digest: @Sendable (String) throws -> Digest
    /// Remembers what was read, so that it need not be read again.
    let remember: @Sendable () -> Void

    package init(digest: @escaping @Sendable (String) throws -> Digest, remember: @escaping @Sendable () -> Void) {
        (self.digest, self.remember) = (digest, remember)
    }

    /// Files alone, read anew each time.
    package static let unremembered = ProjectContents(digest: { try Digest(ofFile: $0) }, remember: {})
}

extension StepLook {
    /// The same with the files and folders that differ by instance; what keeps one from being read is a fault of the look.
    func reading(_ project: ProjectContents) -> StepLook {
        var look = self
        do {
            look.paths = try step.paths(of: id)
            for (name, path) in look.paths {
                do {
                    look.inputs[name] = .one(try project.digest(path))
                } catch let error as MartletError where error.code == .notFound {
                    throw MartletError(
                        .notFound, "step '\(id)': its input '\(name)' is not there: '\(path)'; put it there or change 'inputs' or 'each'")
                }
            }
        } catch {
            look.fault = StepFailure(of: error)
        }
        return look
    }
}
