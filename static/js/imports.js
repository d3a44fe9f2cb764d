// While an import is under way its page looks again by itself.
setTimeout(() => location.reload(), 2000);
