// node group.mjs NAME...: the named files of tests as one program, so with one browser.
for (const name of process.argv.slice(2)) await import(`./${name}.test.mjs`);
