package runyard.describe;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Collectors;

import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles a project, and reads on the way what only its source knows. */
final class Compiler {
    private final Path adapter;
    private final Problems problems;
    private final Source source = new Source();

    Compiler(Path adapter, Problems problems) {
        this.adapter = adapter;
        this.problems = problems;
    }

    /** Null when the compiler refuses the project. */
    Source compile(List<Path> files, List<Path> libraries, Path output) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> told = new DiagnosticCollector<>();
        try (StandardJavaFileManager manager =
                compiler.getStandardFileManager(told, null, StandardCharsets.UTF_8)) {
            String path =
                    libraries.stream()
                            .map(Path::toString)
                            .collect(Collectors.joining(java.io.File.pathSeparator));
            List<String> options =
                    List.of(
                            "-parameters",
                            "-g",
                            "-nowarn",
                            "-Xlint:none",
                            "-encoding",
                            "UTF-8",
                            "-d",
                            output.toString(),
                            "-cp",
                            path);
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    manager,
                                    told,
                                    options,
                                    null,
                                    manager.getJavaFileObjectsFromPaths(files));
            Iterable<? extends CompilationUnitTree> units = task.parse();
            task.analyze();
            Trees trees = Trees.instance(task);
            for (CompilationUnitTree unit : units) new Reader(task, trees, unit).scan(unit, null);
            task.generate();
        }
        int before = problems.size();
        told.getDiagnostics().stream()
                .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
                .forEach(this::tell);
        return problems.size() > before ? null : source;
    }

    private void tell(Diagnostic<? extends JavaFileObject> one) {
        Path file = one.getSource() == null ? adapter : Path.of(one.getSource().toUri());
        Long line = one.getLineNumber() > 0 ? one.getLineNumber() : null;
        String message = one.getMessage(java.util.Locale.ENGLISH).replaceAll("\\s*\n\\s*", "; ");
        problems.add(file, line, null, null, message);
    }

    /** Collects comments and lines of one file. */
    private final class Reader extends TreePathScanner<Void, Void> {
        private final JavacTask task;
        private final Trees trees;
        private final CompilationUnitTree unit;
        private final Path file;

        Reader(JavacTask task, Trees trees, CompilationUnitTree unit) {
            this.task = task;
            this.trees = trees;
            this.unit = unit;
            this.file = Path.of(unit.getSourceFile().toUri());
        }

        private long line(Tree tree) {
            return unit.getLineMap()
                    .getLineNumber(trees.getSourcePositions().getStartPosition(unit, tree));
        }

        /** Where a function's name is: its annotations and modifiers may stand above it. */
        private long lineOf(MethodTree function) {
            return function.getReturnType() == null
                    ? line(function)
                    : line(function.getReturnType());
        }

        private String owner() {
            return trees.getElement(getCurrentPath()) instanceof TypeElement element
                    ? task.getElements().getBinaryName(element).toString()
                    : null;
        }

        @Override
        public Void visitClass(ClassTree tree, Void nothing) {
            String name = owner();
            if (name != null) {
                source.types()
                        .put(
                                name,
                                new Source.Type(file, line(tree), commentHere(), new HashMap<>()));
                boolean outer = getCurrentPath().getParentPath().getLeaf() == unit;
                boolean open = tree.getModifiers().getFlags().contains(Modifier.PUBLIC);
                if (outer && file.equals(adapter) && (source.adapter() == null || open))
                    source.setAdapter(name);
            }
            return super.visitClass(tree, nothing);
        }

        private Comment commentHere() {
            return Comment.parse(trees.getDocComment(getCurrentPath()));
        }

        private String parent() {
            return trees.getElement(getCurrentPath().getParentPath()) instanceof TypeElement element
                    ? task.getElements().getBinaryName(element).toString()
                    : null;
        }

        @Override
        public Void visitVariable(VariableTree tree, Void nothing) {
            String owner = parent();
            String said = trees.getDocComment(getCurrentPath());
            if (owner != null && said != null && source.types().containsKey(owner)) {
                source.types().get(owner).fields().put(tree.getName().toString(), said.strip());
            }
            return super.visitVariable(tree, nothing);
        }

        @Override
        public Void visitMethod(MethodTree tree, Void nothing) {
            String owner = parent();
            if (owner != null) {
                List<String> names =
                        tree.getParameters().stream().map(one -> one.getName().toString()).toList();
                List<Long> lines = tree.getParameters().stream().map(this::line).toList();
                source.addFunction(
                        owner,
                        new Source.Function(
                                tree.getName().toString(),
                                names,
                                lines,
                                lineOf(tree),
                                commentHere()));
            }
            return super.visitMethod(tree, nothing);
        }
    }
}
